"""Pure rules of the patient's page."""
