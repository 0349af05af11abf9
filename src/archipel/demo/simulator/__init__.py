"""Discrete-event simulation of the hospitals of a GHT. Pure and seeded: no clock, no network, no database."""
