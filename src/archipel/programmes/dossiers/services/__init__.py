"""What may be done to a dossier: each act checks the right, writes its fact, leaves its trace."""
