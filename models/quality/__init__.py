"""How good pictures are, and sets of pictures."""
