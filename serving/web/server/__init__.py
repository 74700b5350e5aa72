"""The HTTP server: connections in time and in bounds, bytes at a least rate, a log, an end."""
