"""SIGTERM and SIGINT as an event that everything waits on."""

from __future__ import annotations

import signal
import socket
import threading


def stop_on_signals() -> threading.Event:
    """An event that the first SIGTERM or SIGINT sets; to be called in the main thread.

    Python runs a handler in the main thread only, and the kernel may hand the signal to any other, one that
    is just starting a thread for instance: a main thread that sleeps on a lock then sleeps on. What Python
    writes on the wake-up socket comes through whichever thread got the signal, and a handler that does
    nothing can't meet a lock that the main thread itself holds.
    """
    stop = threading.Event()
    told, teller = socket.socketpair()
    teller.setblocking(False)
    signal.set_wakeup_fd(teller.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)

    def wait() -> None:
        with told, teller:
            while not set(told.recv(64)) & {signal.SIGTERM, signal.SIGINT}:
                pass
            stop.set()
            while told.recv(64):
                pass

    threading.Thread(target=wait, name="signals", daemon=True).start()
    return stop
