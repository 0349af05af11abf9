"""Verdicts: evaluated when they are read, from the packs, the graph and the facts of a date."""
