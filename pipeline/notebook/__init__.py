"""The pipeline in a notebook."""
