"""The networks, their training and everything that touches pixels."""
