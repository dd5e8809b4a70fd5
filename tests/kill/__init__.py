"""The program killed at every moment that can be told apart from outside."""
