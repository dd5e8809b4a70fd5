"""What the bytes of a script are, and what they do: a library of its own."""
