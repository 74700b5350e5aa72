"""The `outpaint` command line."""
