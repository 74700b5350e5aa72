"""Two ingested sets of photographs, side by side."""
