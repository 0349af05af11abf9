"""Changing the graph of establishments: loads, imports, corrections, undo."""
