"""What lies in folders and archives, each file accounted for. The way in is `find.py`.

Only names and headers are read here, never pixels.
"""
