"""The demonstration, `make demo`."""
