"""The game of generator and discriminator: what each learns from, phase by phase."""
