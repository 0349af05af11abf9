"""Pure rules of proof: no database, no clock."""
