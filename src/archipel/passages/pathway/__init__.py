"""Fil d'Ariane: the patient's own page, without anything that identifies."""
