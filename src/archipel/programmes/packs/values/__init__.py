"""The pure vocabulary of packs. The keys of the files are French and ASCII; the dataclasses carry the same names."""
