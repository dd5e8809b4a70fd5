"""From a script's address to the packages that it names: the tables and readers behind `packages.py`."""
