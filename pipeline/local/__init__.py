"""What a person sees of a run on this machine."""
