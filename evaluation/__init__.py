"""How good a model is, against every fill by hand, on pictures of the user's choice."""
