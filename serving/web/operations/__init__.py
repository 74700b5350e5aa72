"""For those who watch over the server."""
