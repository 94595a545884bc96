"""The network of activities that a plan is, and its max-plus evaluator."""
