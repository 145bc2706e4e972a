"""What the engine costs, beside loops that were written for one case only. Each script prints a table and JSON."""
