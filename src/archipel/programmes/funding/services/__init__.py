"""What changes money: projects opened, lines of the ledger, questions to the optimiser."""
