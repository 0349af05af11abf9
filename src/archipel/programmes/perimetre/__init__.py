"""The graph GHT → EJ → EG and FINESS PMSI on which rules are evaluated."""
