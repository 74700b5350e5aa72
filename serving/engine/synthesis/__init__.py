"""Exemplar-based synthesis: what is hidden, made of the photograph's own patches."""
