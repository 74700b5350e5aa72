"""A step of the pipeline in its container: what is looked at before TFX takes over."""
