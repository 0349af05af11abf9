"""Reading maturity: grids, answers, levels, campaigns, plans."""
