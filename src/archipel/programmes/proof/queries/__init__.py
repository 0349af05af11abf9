"""Reading proof; queries return frozen dataclasses."""
