"""Plain values of the inventory."""
