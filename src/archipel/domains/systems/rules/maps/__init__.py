"""Rules of the maps: what is on them, where it is placed, how it leaves as a file."""
