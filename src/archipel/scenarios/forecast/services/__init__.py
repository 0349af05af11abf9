"""Acts: refresh, import of a history, validation of capacities."""
