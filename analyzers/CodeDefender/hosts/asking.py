"""Who may be asked, and how: https addresses of the public internet, never the script's own host."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar
from urllib.parse import urlsplit

from hosts.names import host_name
from lookup.client import Answer, Client
from lookup.observable import is_public
from neuron.deadline import Deadline
from neuron.failure import Failure

T = TypeVar("T")


class Asking:
    """The rule for one run.

    Args:
        script_host: of the observable: whoever serves the script must not learn that it is looked at.
        deadline: of the whole run.
        secrets: that must not come back in an answer.
    """

    def __init__(self, script_host: str, deadline: Deadline, secrets: tuple[str, ...]) -> None:
        self.script_host, self.deadline, self.secrets = script_host, deadline, secrets

    def within(self, seconds: float, share: float, work: Callable[[Deadline], T]) -> T:
        """What some work comes to, where it does within its time: so many seconds, and a share of the run's.

        A thread of its own is left behind where it does not: no time-out covers a silent name server, or an
        answer that comes a byte at a time, and the rest of what is known must still be reported.

        Raises:
            Failure: it did not, or the work raised it.
        """
        whole = self.deadline
        deadline = Deadline(max(0.05, min(seconds, whole.seconds * share, whole.left() - whole.seconds / 10)))
        done: SimpleQueue[T | Exception] = SimpleQueue()

        def run() -> None:
            try:
                done.put(work(deadline))
            except Exception as error:
                done.put(error)

        Thread(target=run, daemon=True).start()
        try:
            found = done.get(timeout=deadline.left() + 0.05)
        except Empty:
            raise Failure(f"There was no answer within {deadline.seconds:.2g} seconds.") from None
        if isinstance(found, ValueError):
            # What requests makes of a redirect to `http://[`.
            raise Failure("The answer leads to what is no address.") from found
        if isinstance(found, Exception):
            raise found
        return found

    def check(self, url: str, private: bool) -> None:
        """Make sure that an address may be asked.

        Args:
            url: the address.
            private: whether it may be http and of a private network: the operator's own server.

        Raises:
            Failure: it may not.
        """
        try:
            parts = urlsplit(url)
            host = host_name(parts.hostname or "").name
            good = parts.scheme in {"http", "https"} and bool(host) and "@" not in parts.netloc
            good = good and (parts.port is None or parts.port > 0)
        except ValueError:
            good = False
        if not good:
            raise Failure("the address is not an http(s) address.")
        if host == self.script_host:
            raise Failure("it is on the script's own host, which is never asked.")
        if not private and (parts.scheme != "https" or not is_public(url)):
            raise Failure("only https addresses of the public internet are asked.")


class OpenClient(Client):
    """A client for what anybody may ask: no key, no quota, and failures name the item with the address."""

    def over_quota(self, answer: Answer) -> bool:
        """There is no key that could be used up."""
        return False

    def _refusal(self, answer: Answer) -> str:
        return super()._refusal(answer).replace("api_url", self.address_item)

    def _trouble(self, error: Exception) -> str:
        return super()._trouble(error).replace("api_url", self.address_item)


class TextClient(OpenClient):
    """A client for one address whose answer is a file, such as a list.

    Args:
        service: what it is, for people.
        item: the configuration item that holds the address.
        most: bytes.
    """

    def __init__(
        self, service: str, item: str, url: str, deadline: Deadline, secrets: tuple[str, ...], most: int
    ) -> None:
        self.service, self.address_item, self._most = service, item, most
        parts = urlsplit(url)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        super().__init__(f"{parts.scheme}://{parts.netloc}", {}, deadline, secrets)

    def ask(self) -> bytes:
        """The file's bytes; raises Failure."""
        answer = self.get_bytes(self._path, most=self._most)
        if answer.web_page:
            raise Failure(f"{self.service} is a web page: check {self.address_item} and the proxy.")
        return answer.raw

    def pause_for(self, answer: Answer) -> float | None:
        """What is not to be had now is read from the copy of yesterday: nothing is waited for."""
        return None
