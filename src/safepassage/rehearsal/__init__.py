"""A plan turned into what may happen: thousands of runs, and what they mean."""
