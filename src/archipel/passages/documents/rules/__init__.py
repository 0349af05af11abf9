"""Pure rules of the exit documents."""
