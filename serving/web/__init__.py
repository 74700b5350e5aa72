"""The Flask application's parts."""
