"""Archipel: one live picture of a French hospital group (GHT)."""

__version__ = "0.1.0"
