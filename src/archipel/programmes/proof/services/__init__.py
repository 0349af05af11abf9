"""What changes proof: readings, deposits, decisions, archives."""
