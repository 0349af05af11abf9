"""Optimisation and simulation: frozen inputs, a draft, a published result."""
