"""Everything that changes patient flow; each module says who may call it."""
