"""From image files to what networks see, and what is hidden of it."""
