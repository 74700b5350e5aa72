"""Several machines that share each batch of a training."""
