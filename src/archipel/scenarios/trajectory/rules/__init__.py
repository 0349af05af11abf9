"""Pure rules of the trajectory: model, solver, checker, conflicts, and what is read from a plan."""
