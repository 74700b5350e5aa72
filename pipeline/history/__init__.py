"""Past runs, as the metadata store has them."""
