"""Ways to spend the budget: one file for each family, one entry point for each name."""
