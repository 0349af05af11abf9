"""What changes the structure. One path publishes; ingestion has a fast one for what it meets and does not know."""
