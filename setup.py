"""For tools that want a setup.py, such as Beam's --setup_file; the facts are in pyproject.toml."""

from setuptools import setup

setup()
