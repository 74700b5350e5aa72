"""Photographs, loose or in archives, to tf.Examples."""
