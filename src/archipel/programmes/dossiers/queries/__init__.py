"""Reading dossiers: frozen rows under the reader's scope, never the tables themselves."""
