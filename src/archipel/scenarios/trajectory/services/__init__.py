"""What changes scenarios."""
