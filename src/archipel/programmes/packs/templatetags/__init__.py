"""Template filters of packs."""
