"""`outpaint image`: pictures from the command line."""
