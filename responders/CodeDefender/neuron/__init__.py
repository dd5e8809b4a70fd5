"""What an analyzer and a responder have in common as Cortex runs them.

The same folder stands in `analyzers/CodeDefender` and in `responders/CodeDefender`, since Cortex loads
each of them alone; a test keeps the two alike, and `make neuron` copies the first over the second.
"""
