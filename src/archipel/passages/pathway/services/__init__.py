"""Acts on the patient's page."""
