"""Why a run ends without a verdict."""


class Failure(Exception):
    """The text is one sentence for the analyst that says what to do; it reaches Cortex as it is."""
