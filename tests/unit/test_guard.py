"""The guard that the product's processes run under ends one that asks for an address not configured."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from simulators.guard import EXIT_CODE, guarded


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def run(code: str, *configured: object) -> subprocess.CompletedProcess[str]:
    environment = guarded({"PATH": os.defpath}, configured)
    return subprocess.run(
        [sys.executable, "-c", code], check=False, env=environment, capture_output=True, text=True, timeout=20
    )


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('127.0.0.1', {port}))",
        "import socket; socket.socket().connect_ex(('127.0.0.1', {port}))",
        "import socket; socket.getaddrinfo('evil.example', 443)",
        "import socket; socket.gethostbyname('evil.example')",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
        "import requests; requests.get('http://127.0.0.1:{port}', timeout=5)",
        "try:\n import socket; socket.create_connection(('127.0.0.1', {port}))\nexcept BaseException: pass",
    ],
)
def test_an_address_that_is_not_configured_ends_the_process(code: str, port: int) -> None:
    done = run(code.format(port=port), "http://127.0.0.1:1", None, 7, "http://[", "no URL")
    assert done.returncode == EXIT_CODE
    assert "which is not configured" in done.stderr


def test_a_configured_address_is_let_through(port: int) -> None:
    code = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
    assert run(code, f"http://127.0.0.1:{port}/api").returncode == 0
