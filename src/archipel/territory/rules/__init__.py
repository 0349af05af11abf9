"""Pure rules of the structure: timelines, checks, and what an import would change."""
