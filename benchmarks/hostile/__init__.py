"""An hour of hostile clients: what becomes of a server's memory, and of whoever is honest."""
