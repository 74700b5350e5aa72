"""What leaves a training: the SavedModel, and other runtimes' formats."""
