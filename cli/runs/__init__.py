"""`outpaint runs`: what was run, and what a model was made from."""
