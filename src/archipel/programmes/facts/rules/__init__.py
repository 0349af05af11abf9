"""Pure rules of facts: typed values, reading at a date, files."""
