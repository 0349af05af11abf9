"""Coming in by Pro Santé Connect: placeholder until the next lines are written."""
