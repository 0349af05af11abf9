"""Reading the catalogue: aids, what applies, quotas, requests, feedback, search."""
