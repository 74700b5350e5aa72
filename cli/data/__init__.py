"""`outpaint data`: the images that the pipeline learns from."""
