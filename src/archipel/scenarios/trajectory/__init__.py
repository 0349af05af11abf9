"""The convergence trajectory: which application for which function, where and when."""
