"""Reading the exit documents."""
