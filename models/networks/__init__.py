"""The networks: pure Keras 3."""
