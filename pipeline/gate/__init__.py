"""What the Evaluator measures, and what a model must reach."""
