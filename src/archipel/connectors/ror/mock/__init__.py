"""A ROR to test against: it answers as documented, over a real socket, and keeps a log of each exchange."""
