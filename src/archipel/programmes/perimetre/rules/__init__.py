"""Pure rules of the graph: dated statements, reading at a date, files."""
