"""How the networks learn; knows no TFX."""
