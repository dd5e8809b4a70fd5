"""What can go wrong, named for what the user must do about it."""

from __future__ import annotations


class FeederError(Exception):
    """A failure told in one sentence that a user can act on."""


class SettingError(FeederError):
    """A setting is missing or wrong: correct it (exit 2)."""


class Refusal(FeederError):
    """A service refuses and will go on refusing: mend the cause (a key, a scope, a licence)."""


class KeyRefused(Refusal):
    """A service does not take the token or key itself: set a good one. Nothing else ends `run`."""


class Unavailable(FeederError):
    """A service could not be reached or answered nonsense: try again later.

    Attributes:
        retry_after: seconds after which the service asks to be tried again, where it says so.
        acted: False where the service surely did not act on the request; else it may have.
        status: the HTTP status, where there was an answer.
    """

    def __init__(
        self,
        message: str,
        retry_after: float | None = None,
        acted: bool = True,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.acted = acted
        self.status = status


class TooMuch(Unavailable):
    """An answer is too large or comes too slowly: ask for less."""


class MissingWorkers(FeederError):
    """TheHive shows no analyzer to run: enable them in Cortex, connect the two."""


class MissingResponder(FeederError):
    """TheHive shows analyzers, but not the responder: enable it in Cortex. Until then nothing is judged."""


class StateError(FeederError):
    """The state folder can't be used: free the disk, or mend its permissions."""


class OutputError(FeederError):
    """Standard output can't be written: free the disk, or mend what reads it."""


class Busy(FeederError):
    """Another run holds the state folder: wait for it, or stop it."""


class Stopped(FeederError):
    """The user or the system asked the program to stop."""
