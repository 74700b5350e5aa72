"""Scripts that measure what the docs claim."""
