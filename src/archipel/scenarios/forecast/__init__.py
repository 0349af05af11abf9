"""What is expected: arrivals, admissions, discharges and occupancy of the next hours and days, with measured error."""
