"""What is made of an emergency passage for those outside: the exit documents, and the patient's own page."""
