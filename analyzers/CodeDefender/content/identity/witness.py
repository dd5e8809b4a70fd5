"""A release's files, one after another: is the script one of them, which is it most like? (pure)."""

from __future__ import annotations

import hashlib

from .comparison import LARGEST
from .likeness import Likeness

SCRIPTS = (".js", ".mjs", ".cjs")
LEAST_LIKE = 0.3
SAME_NAME = 0.05  # so much more a file of the script's own name is like it


class Witness:
    """What one release says of a script.

    Args:
        digest: the script's SHA-256.
        script: its bytes, where there are any: without them only equality can be told.
        name: the file's name in the script's address, or "".

    Attributes:
        exact: path of the file that is equal, the one of the script's own name first; None where none is.
        body: its bytes.
        closest: path and bytes of the file that the script is most like, or None.
    """

    def __init__(self, digest: str, script: bytes | None, name: str) -> None:
        self._digest, self._name = digest, name.lower()
        self._likeness = Likeness(script) if script is not None and len(script) <= LARGEST else None
        self._like = LEAST_LIKE
        self.exact: str | None = None
        self.body = b""
        self.closest: tuple[str, bytes] | None = None

    def look(self, path: str, body: bytes) -> None:
        """See one file."""
        same_name = bool(self._name) and path.rpartition("/")[2].lower() == self._name
        if hashlib.sha256(body).hexdigest() == self._digest:
            if self.exact is None or same_name:
                self.exact, self.body = path, body
        elif self._likeness is not None and self.exact is None and path.lower().endswith(SCRIPTS):
            like = self._likeness.of(body)
            # Of a small file one change may leave no piece; its name makes it one to look at closely.
            like = max(like, LEAST_LIKE) + SAME_NAME if same_name else like
            # Of files that are wholly in it the longest says the most.
            longest = len(self.closest[1]) if self.closest else 0
            if (like, len(body)) > (self._like, longest):
                self._like, self.closest = like, (path, body)
