"""What a server keeps in memory once a workspace of 10,000 files is open and it has come to rest.

Resident memory of the server and all of its children, as Linux has it under /proc; nothing elsewhere.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from . import peers
from .corpora import is_test_file, python_files
from .figures import OURS, Bar, Figure
from .lsp_client import Client, ServerError
from .workspace import workspace

_REST = 2.0
"""Seconds without any use of the processor that count as rest."""
_LIMIT = 600.0
_OPEN = 20
_WHOLE = {"diagnosticMode": "workspace"}
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def measure(*, quick: bool = False) -> list[Figure]:
    """Memory at rest after opening the workspace and some files, and the highest on the way."""
    if not Path("/proc/self/stat").exists():
        return []
    folder = workspace(300) if quick else workspace()
    resting: dict[str, float] = {}
    highest: dict[str, float] = {}
    for peer in (peers.ssot_lsp(), peers.ruff(), peers.ast_grep(), peers.bare()):
        resting[peer.name], highest[peer.name] = _memory(peer, folder)
    note = f"{_OPEN} test files open"
    whole, whole_highest = _memory(peers.ssot_lsp(), folder, is_whole=True)
    bar = (Bar("< 250 MB", 250.0),)
    return [
        Figure("memory", "memory, 10,000 files, at rest", "MB", resting, bar, note),
        Figure("memory", "memory, 10,000 files, highest", "MB", highest, (), note),
        Figure("memory", "the same with all files diagnosed, at rest", "MB", {OURS: whole}, bar),
        Figure("memory", "the same with all files diagnosed, highest", "MB", {OURS: whole_highest}, ()),
    ]


def _memory(peer: peers.Peer, folder: Path, *, is_whole: bool = False) -> tuple[float, float]:
    """Megabytes at rest and at most; with `is_whole` the diagnostics of all files are pulled first."""
    with Client(peer.server, folder) as client:
        client.initialize(pull=True, options=_WHOLE if is_whole else peer.options)
        tests = [path for path in python_files(folder / "tests") if is_test_file(path)]
        for path in tests[:: max(1, len(tests) // _OPEN)][:_OPEN]:
            client.diagnostics(client.open(path, path.read_text(encoding="utf-8")))
        if is_whole:
            client.send("workspace/diagnostic", {"previousResultIds": []})
        highest = _wait_for_rest(client.pid)
        return _resident(client.pid), highest


def _wait_for_rest(pid: int) -> float:
    """Wait until the process and its children do nothing; returns the most megabytes that were seen."""
    highest = 0.0
    until = time.perf_counter() + _LIMIT
    used, since = -1, time.perf_counter()
    while time.perf_counter() - since < _REST:
        if time.perf_counter() > until:
            message = f"no rest within {_LIMIT:g} s"
            raise ServerError(message)
        now = sum(_ticks(each) for each in family(pid))
        if now != used:
            used, since = now, time.perf_counter()
        highest = max(highest, _resident(pid))
        time.sleep(0.05)
    return highest


def family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    parents: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = _fields(int(name))
            if fields:
                parents[int(name)] = int(fields[1])
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def _resident(pid: int) -> float:
    total = 0
    for each in family(pid):
        fields = _fields(each)
        total += int(fields[21]) * _PAGE if fields else 0
    return total / 1_000_000


def _ticks(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on (state, parent …); none when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
