"""Packs: programmes, catalogues and grids held as versioned data, and the rules that they state."""
