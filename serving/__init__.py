"""Any picture outpainted by a SavedModel. Imports TensorFlow only where a model is loaded."""
