"""What changes the inventory."""
