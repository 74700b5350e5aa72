"""Training on a machine without TensorFlow, from photographs and masks as arrays."""
