"""The scripted day: an emergency department fills, and everything that leaves the house because of it."""
