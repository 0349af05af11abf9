"""Information systems of the group: applications, interfaces, contracts, costs, hosting."""
