"""Screens of the ROR."""
