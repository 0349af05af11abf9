"""The rules of dossiers: pure, tested by properties."""
