"""Reading identities; every page that shows them leaves a trace through the calling service."""
