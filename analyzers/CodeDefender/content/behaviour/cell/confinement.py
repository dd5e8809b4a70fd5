"""What a process can no longer do once it is confined: open, connect, start, write to anything but its pipe.

The limits hold everywhere; system calls are filtered on Linux (x86-64 and ARM64), the network is left where
the kernel lets an ordinary user do that. Each is one wall more, and the engine has no I/O to begin with:
nothing here is relied on alone.
"""

from __future__ import annotations

import ctypes
import math
import platform
import resource
import struct

ADDRESS_SPACE = 768 * 1024 * 1024

_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # refused with EPERM

# Audit's name of the architecture, then the calls that are still allowed: memory, time, signals, the pipe.
# Source: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux.
# fmt: off
_CALLS = {
    "x86_64": (0xC000003E, (
        0, 1, 3, 5, 8,  # read write close fstat lseek
        9, 10, 11, 12, 25, 28,  # mmap mprotect munmap brk mremap madvise
        13, 14, 15, 131, 234,  # rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack tgkill
        24, 39, 186, 202, 219,  # sched_yield getpid gettid futex restart_syscall
        96, 98, 100, 228, 229, 318,  # gettimeofday getrusage times clock_gettime clock_getres getrandom
        60, 231,  # exit exit_group
    )),
    "aarch64": (0xC00000B7, (
        63, 64, 57, 80, 62,
        222, 226, 215, 214, 216, 233,
        134, 135, 139, 132, 131,
        124, 172, 178, 98, 128,
        169, 165, 153, 113, 114, 278,
        93, 94,
    )),
}
# fmt: on


def leave_network() -> list[str]:
    """Go where there is no network, if the kernel lets us; what will hold, by name."""
    held = ["no network"] if _libc().unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0 else []
    return held + (
        ["no system calls"] if platform.machine() in _CALLS and platform.system() == "Linux" else []
    )


def confine(cpu: float) -> None:
    """Take everything away from this process that running a script does not need."""
    seconds = math.ceil(cpu) + 1
    for limit, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (most, most))
    _filter_calls()


def _filter_calls() -> None:
    """From here on, any other system call fails with EPERM."""
    architecture, allowed = _CALLS.get(platform.machine(), (0, ()))
    if not allowed or platform.system() != "Linux":
        return
    count = len(allowed)
    steps = [
        struct.pack("HBBI", _LOAD, 0, 0, 4),
        struct.pack("HBBI", _EQUAL, 0, count + 1, architecture),
        struct.pack("HBBI", _LOAD, 0, 0, 0),
        *(struct.pack("HBBI", _EQUAL, count - at, 0, number) for at, number in enumerate(allowed)),
        struct.pack("HBBI", _RETURN, 0, 0, _REFUSE),
        struct.pack("HBBI", _RETURN, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    libc = _libc()
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
