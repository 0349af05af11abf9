"""Reading the versions of packs."""
