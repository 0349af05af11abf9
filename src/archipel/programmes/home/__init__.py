"""The director's page: what is due, at risk, expected, proved; and what every page of programmes shares."""
