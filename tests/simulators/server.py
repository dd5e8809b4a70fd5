"""A small HTTP server for simulated services: routes, a record of what was asked, faults on demand.

It needs the standard library only, so that it also runs in a bare container. Every simulator
is a subclass that adds routes::

    class Clock(Simulator):
        def routes(self) -> None:
            self.route("GET", r"/time/(\\w+)", self.time)

        def time(self, request: Request, zone: str) -> Reply:
            return Reply(200, {"zone": zone})

    with Clock() as clock:
        requests.get(clock.url + "/time/utc", timeout=5)
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

DRIP_SECONDS = 0.2
HUGE_BYTES = 80 * 1024 * 1024


@dataclass
class Request:
    """What a client sent: `path` without the query, header names in lower case; and what it was answered.

    late: how many seconds lie between the server's checks and its acting on them.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    reply: Reply | None = None
    late: float = 0.0
    raw_query: str = ""

    def json(self) -> Any:
        """The body as JSON; raises ValueError."""
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        """The body as an HTML form, the last value of each name."""
        return {k: v[-1] for k, v in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass
class Reply:
    """An answer. A dict or list body is sent as JSON, text and bytes as they are."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The bytes to send; sets the content type where none was given."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            self.headers.setdefault("Content-Type", "text/plain; charset=utf-8")
            return self.body.encode("utf-8", "surrogatepass")
        self.headers.setdefault("Content-Type", "application/json")
        return json.dumps(self.body).encode()


@dataclass
class Fault:
    """One thing that goes wrong.

    kind: `status` (answers `reply`, the server does nothing), `status_after` (acts, then answers
    `reply`), `reset_before`, `reset_after` (the connection is reset before or after the server
    acted), `late` (the connection is reset while the server is about to act, which takes it `seconds`
    where it knows the request as `late`), `hang` (acts on nothing, says nothing), `hang_after` (acts,
    says nothing), `drip`
    (a byte every DRIP_SECONDS), `truncated` (half the body), `html` (a 200 with a web page),
    `wrong_types` (a 200 with `{"ok": []}`-like nonsense), `huge`.
    method, path: which requests (regular expressions, whole match). body: what the body must hold (a
    regular expression). after: how many matching
    requests pass first. times: how many then fail; None for all.
    """

    kind: str
    method: str = ".*"
    path: str = ".*"
    body: str = ""
    after: int = 0
    times: int | None = 1
    reply: Reply | None = None
    seconds: float = 3600
    seen: int = 0

    def strikes(self, request: Request) -> bool:
        """Whether this request is one that fails; counts it."""
        if not (re.fullmatch(self.method, request.method) and re.fullmatch(self.path, request.path)):
            return False
        if self.body and not re.search(self.body, request.body.decode("utf-8", "replace")):
            return False
        self.seen += 1
        return self.seen > self.after and (self.times is None or self.seen <= self.after + self.times)


HTML = Reply(200, "<!doctype html><title>Proxy</title><h1>Sign in</h1>", {"Content-Type": "text/html"})
Handler = Callable[..., Reply]


class Simulator:
    """A service on loopback. Start with `with`, or `start()` and `stop()`.

    Args:
        port: 0 picks a free one.
        host: the address to listen on.
        latency: seconds that each request takes, as the real service would.

    Attributes:
        watch: called with every request, before the service acts on it and after.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1", latency: float = 0.0) -> None:
        self.host, self.latency = host, latency
        self.faults: list[Fault] = []
        self.watch: Callable[[Request], None] | None = None
        self.requests: deque[Request] = deque(maxlen=5000)
        self.calls: Counter[str] = Counter()
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []
        self.routes()
        self._server = _Server((host, port), self)
        self.port: int = self._server.server_address[1]

    def routes(self) -> None:
        """Add the service's routes; each simulator has its own."""

    def route(self, method: str, pattern: str, handler: Handler) -> None:
        """Answer `method` on the raw (still quoted) path that `pattern` matches whole.

        The pattern's groups reach the handler unquoted, after the request.
        """
        self._routes.append((method, re.compile(pattern), handler))

    @property
    def url(self) -> str:
        """Where it listens, no slash at the end."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Serve in the background."""
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening; hanging answers are let go."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def fail(self, kind: str, **options: Any) -> Fault:
        """Plan a fault; see `Fault`."""
        fault = Fault(kind, **options)
        with self.lock:
            self.faults.append(fault)
        return fault

    def before(self, request: Request) -> Reply | None:
        """A check made on every request (authentication, say); a reply ends it there."""
        return None

    def unknown(self, request: Request) -> Reply:
        """The answer for a path that has no route."""
        return Reply(404, {"message": f"no route {request.method} {request.path}"})

    def answer(self, request: Request) -> Reply:
        """What the service says to a request."""
        if self.latency:
            time.sleep(self.latency)
        if self.watch:
            self.watch(request)
        request.reply = self.before(request) or self._dispatch(request)
        if self.watch:
            self.watch(request)
        return request.reply

    def _dispatch(self, request: Request) -> Reply:
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return handler(request, *(unquote(group) for group in match.groups()))
        return self.unknown(request)

    def take_fault(self, request: Request) -> Fault | None:
        """Record the request; the fault that strikes it, if any."""
        with self.lock:
            self.requests.append(request)
            self.calls[f"{request.method} {request.path}"] += 1
            return next((fault for fault in self.faults if fault.strikes(request)), None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        self.simulator = simulator
        super().__init__(address, _Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the game."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: `Simulator.requests` keeps the record."""

    def _serve(self) -> None:
        simulator = self.server.simulator
        split = urlsplit(self.path)
        query = {k: v[-1] for k, v in parse_qs(split.query, keep_blank_values=True).items()}
        headers = {k.lower(): v for k, v in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        request = Request(self.command, split.path, query, headers, body, raw_query=split.query)
        fault = simulator.take_fault(request)
        if fault is None:
            self._send(simulator.answer(request))
        else:
            self._strike(simulator, request, fault)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815  (names given by http.server)

    def _strike(self, simulator: Simulator, request: Request, fault: Fault) -> None:
        if fault.kind in {"reset_after", "hang_after", "status_after", "drip", "truncated"}:
            reply = simulator.answer(request)
        else:
            reply = fault.reply or Reply(500, {"type": "InternalError", "message": "simulated"})
        if fault.kind in {"status", "status_after"}:
            self._send(fault.reply or Reply(500, {"type": "InternalError", "message": "simulated"}))
        elif fault.kind in {"reset_before", "reset_after"}:
            self._reset()
        elif fault.kind == "late":
            self._reset()
            request.late = fault.seconds
            simulator.answer(request)
        elif fault.kind in {"hang", "hang_after"}:
            simulator.stopping.wait(fault.seconds)
            self.close_connection = True
        elif fault.kind == "html":
            self._send(HTML)
        elif fault.kind == "wrong_types":
            self._send(Reply(200, {"ok": [], "messages": 5, "data": "x", "type": None, "_id": {}}))
        elif fault.kind == "huge":
            self._send(Reply(200, b'{"ok": true, "x": "' + b"x" * HUGE_BYTES + b'"}'))
        elif fault.kind == "truncated":
            whole = self._whole(reply)
            self._write(whole[: max(len(whole) - max(len(reply.encoded()) // 2, 1), 1)])
            self.close_connection = True
        elif fault.kind == "drip":
            self._drip(simulator, self._whole(reply), fault.seconds)
        else:
            raise ValueError(f"no such fault: {fault.kind}")

    def _reset(self) -> None:
        # An empty linger time makes close() send RST rather than FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _drip(self, simulator: Simulator, whole: bytes, seconds: float) -> None:
        end = time.monotonic() + seconds
        for byte in whole:
            self._write(bytes([byte]))
            if time.monotonic() > end or simulator.stopping.wait(DRIP_SECONDS):
                break
        self.close_connection = True

    def _whole(self, reply: Reply) -> bytes:
        body = reply.encoded()
        reason = self.responses.get(reply.status, ("", ""))[0]
        head = [f"HTTP/1.1 {reply.status} {reason}", *(f"{k}: {v}" for k, v in reply.headers.items())]
        if reply.status != 204:
            head.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*head, "", ""]).encode("latin-1", "replace") + body

    def _send(self, reply: Reply) -> None:
        self._write(self._whole(reply))

    def _write(self, data: bytes) -> None:
        try:
            self.wfile.write(data)
        except OSError:
            self.close_connection = True
