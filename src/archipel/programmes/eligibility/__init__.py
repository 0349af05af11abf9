"""Who is eligible to what, at a date, why, and which facts are missing."""
