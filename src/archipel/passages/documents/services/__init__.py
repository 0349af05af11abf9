"""Acts on the exit documents."""
