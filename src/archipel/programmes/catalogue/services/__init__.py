"""Acting on the catalogue: offers, requests, quotas, feedback, and the index of the search."""
