"""The vocabulary of dossiers: states, rubrics, checks, documents. Pure: no Django, no network."""
