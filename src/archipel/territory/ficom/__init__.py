"""The fichier commun de structure: our column layout, reading and writing it."""
