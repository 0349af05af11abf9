"""Reading the structure: dated truth, history, and today's projections."""
