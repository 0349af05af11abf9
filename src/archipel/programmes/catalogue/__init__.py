"""What help exists for a theme and a date, requests, quotas, feedback."""
