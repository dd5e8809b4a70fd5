"""Hostile input: valid messages and answers with mutations, and coverage-guided noise."""
