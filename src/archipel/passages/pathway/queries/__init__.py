"""Reading the patient's pages."""
