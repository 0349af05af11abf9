"""Screens of the RPU connector."""
