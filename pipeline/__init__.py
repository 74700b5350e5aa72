"""Settings, wiring and what a model must reach."""
