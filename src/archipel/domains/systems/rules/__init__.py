"""Pure rules of the inventory: reading, names, checks, coverage, exposure, cascade. No clock, no database."""
