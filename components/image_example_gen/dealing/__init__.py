"""Which image is in which split, in a sample of it, and in which shard."""
