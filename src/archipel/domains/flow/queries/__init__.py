"""Reading patient flow; queries return frozen dataclasses."""
