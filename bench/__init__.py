"""Measurements: ``make bench B=<name>`` runs ``python -m bench.<name>``; each prints one JSON line per figure."""
