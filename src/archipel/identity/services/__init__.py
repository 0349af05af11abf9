"""Everything that changes identities."""
