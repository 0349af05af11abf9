"""Receiving versions of packs, and deciding of them."""
