"""The model that serves: its versions, its batches."""
