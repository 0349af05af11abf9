"""What is read of scenarios: the inventory as facts, scenarios and their answers."""
