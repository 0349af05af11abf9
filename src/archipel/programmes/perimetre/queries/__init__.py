"""Reading the graph of establishments."""
