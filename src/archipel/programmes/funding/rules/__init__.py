"""Pure rules of money: ceilings, instalments, the state of a project, cash, and the best set of projects."""
