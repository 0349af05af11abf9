"""Self-diagnosis grids, campaigns, levels, and the least effort to reach one."""
