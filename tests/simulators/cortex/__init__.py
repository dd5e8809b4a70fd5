"""Cortex, as a recorded 4.1.0 server has it."""
