"""A page that shows every component of the shell, for the browser tests only."""
