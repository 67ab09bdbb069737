"""The client's process: when it ends, so does this one, however busy it is."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("ssot_lsp.server")

_SECONDS_BETWEEN_LOOKS = 2.0


def end_with(pid: int, on_end: Callable[[], None]) -> None:
    """End this process as soon as process `pid` has ended, after a call of `on_end` in another thread.

    Nothing happens where there is no such process: a client in another container names one that only it knows.
    """
    if not is_alive(pid):
        log.info(
            "The client says that it is process %d, which is not seen from here: its end will not be noticed",
            pid,
        )
        return
    threading.Thread(target=_watch, args=(pid, on_end), name="client's process", daemon=True).start()


def _watch(pid: int, on_end: Callable[[], None]) -> None:
    wait_for_end(pid)
    on_end()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write("ssot-lsp: the client has ended\n")
        sys.stderr.flush()
    os._exit(1)  # nothing is ever half written; the loop may be busy or wait for the client


if sys.platform == "win32":
    import ctypes

    _SYNCHRONIZE = 0x00100000
    _INFINITE = 0xFFFFFFFF
    _WAIT_TIMEOUT = 0x102
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)

    def is_alive(pid: int) -> bool:
        """Whether process `pid` runs."""
        handle = _kernel.OpenProcess(_SYNCHRONIZE, False, pid)  # noqa: FBT003 - as above
        if not handle:
            return False
        try:
            return bool(_kernel.WaitForSingleObject(handle, 0) == _WAIT_TIMEOUT)
        finally:
            _kernel.CloseHandle(handle)

    def wait_for_end(pid: int) -> None:
        """Return when process `pid` has ended."""
        handle = _kernel.OpenProcess(_SYNCHRONIZE, False, pid)  # noqa: FBT003 - as above
        if handle:
            _kernel.WaitForSingleObject(handle, _INFINITE)

else:

    def is_alive(pid: int) -> bool:
        """Whether process `pid` runs, as far as can be seen."""
        if pid <= 0:
            return False
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except OSError:  # it is another user's
            return True
        return True

    def wait_for_end(pid: int) -> None:
        """Return when process `pid` has ended: at once on Linux, elsewhere within seconds."""
        with contextlib.suppress(OSError, AttributeError):
            descriptor = os.pidfd_open(pid)
            try:
                poll = select.poll()
                poll.register(descriptor, select.POLLIN)
                poll.poll()
            finally:
                os.close(descriptor)
            return
        while is_alive(pid):
            time.sleep(_SECONDS_BETWEEN_LOOKS)
