"""A base class that 1,600 test files derive from is renamed: what is open at once, the rest in the background.

The files are a real test file of nova with a class below the base added. Open are the base's file and ten others;
the clock runs from just before the edit is written to the diagnostics of the last of them. Then the edit is saved, and
the clock runs from the word of it to the answer about the whole workspace: exactly the descendants are checked again.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files
from ssot_lsp.index.answers import HEIRS

from . import peers
from .batch import cold_bars, run
from .corpora import cache_folder, corpus, sized_test_file
from .figures import OURS, Bar, Figure, median, ninth_decile
from .lsp_client import Client
from .workspace import workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .lsp_client import Document

_DESCENDANTS = 1_600
_OPEN = 10
_RUNS = 20
_SIZE = 17_000
_PROMISED = 50.0
_CHANGED = 2
_BASE = """import unittest


class SSotBaseTestCase(unittest.TestCase):
    def setUp(self):
        super().setUp()


class ProjectCase(SSotBaseTestCase):
    def make(self):
        return 1
"""
_RENAMED = _BASE.replace("ProjectCase", "RenamedCase")
_DESCENDANT = """

from bases import ProjectCase


class TestOf{number}(ProjectCase):
    def test_it(self):
        assert self.make() == 1
"""


def measure(*, quick: bool = False) -> list[Figure]:
    """The open files, and the whole workspace."""
    folder, tests = _lay_out(40 if quick else _DESCENDANTS)
    return [
        _index(workspace(300) if quick else workspace(), 1 if quick else 3),
        _open_ones(folder, tests, 2 if quick else _RUNS),
        _all_of_them(folder, tests, 1 if quick else 3),
    ]


def _index(folder: Path, runs: int) -> Figure:
    """Who derives from what in all files, from nothing, in one process; beside the peers' checks of the same files."""
    taken: dict[str, list[float]] = {}
    for _ in range(runs):
        start = time.perf_counter()
        found = Workspace(Files(), [str(folder)]).answer((str(folder), HEIRS, "TestCase"))
        taken.setdefault(OURS, []).append(time.perf_counter() - start)
        for peer in (peers.ruff(), peers.ast_grep()):
            taken.setdefault(peer.name, []).append(run(peer.check, folder)[0])
    values = {tool: median(each) for tool, each in taken.items()}
    return Figure(
        "bases",
        f"index the base classes of {'10,000' if runs > 1 else '300'} files, cold",
        "s",
        values,
        cold_bars(values),
        f"{len(found):,} files have a class with `TestCase` in its header; the peers check all files",
        {tool: max(each) for tool, each in taken.items()},
    )


def _lay_out(descendants: int) -> tuple[Path, list[Path]]:
    folder = cache_folder() / f"bases-{descendants}"
    folder.mkdir(parents=True, exist_ok=True)
    text = sized_test_file(corpus("nova"), _SIZE).read_text(encoding="utf-8")
    tests = [folder / f"test_{number}.py" for number in range(descendants)]
    _write(folder / "ssot-lsp.toml", "")
    _write(folder / "bases.py", _BASE)
    for number, path in enumerate(tests):
        _write(path, text + _DESCENDANT.format(number=number))
    return folder, tests


def _write(path: Path, text: str, seconds: int = 1_000_000_000) -> None:
    """Write a file that is old enough to be remembered."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (seconds, seconds))


def _open_ones(folder: Path, tests: Sequence[Path], runs: int) -> Figure:
    taken: list[float] = []
    with ExitStack() as stack:
        client = stack.enter_context(Client(peers.ssot_lsp().server, folder))
        client.initialize(pull=False, options=peers.ssot_lsp().options)
        base = client.open(folder / "bases.py", _BASE)
        client.diagnostics(base)
        documents = [client.open(path, path.read_text(encoding="utf-8")) for path in tests[:_OPEN]]
        before = [len(client.diagnostics(each).items) for each in documents]
        for number in range(runs):
            sent = client.replace(base, _BASE if number % 2 else _RENAMED)
            taken.append(max(_published(client, each) for each in documents) - sent)
            client.diagnostics(base)
        assert [len(each.items) for each in documents] == before, "it is as it was"
    return Figure(
        "bases",
        f"a base of {len(tests):,} classes is renamed, {_OPEN} files open",
        "ms",
        {OURS: 1000 * median(taken)},
        (Bar("≤ 50 ms", _PROMISED),),
        f"files of {_SIZE // 1000} KB; {runs} times",
        {OURS: 1000 * ninth_decile(taken)},
    )


def _published(client: Client, document: Document) -> float:
    return client.diagnostics(document).when


def _all_of_them(folder: Path, tests: Sequence[Path], runs: int) -> Figure:
    base = folder / "bases.py"
    taken: list[float] = []
    with ExitStack() as stack:
        client = stack.enter_context(Client(peers.ssot_lsp().server, folder))
        client.initialize(pull=True, options={**peers.ssot_lsp().options, "diagnosticMode": "workspace"})
        known = _survey(client, [])[1]
        for number in range(2 * runs):
            _write(base, _BASE if number % 2 else _RENAMED, 1_000_000_001 + number)
            change = {"uri": base.as_uri(), "type": _CHANGED}
            sent = client.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
            when, known = _survey(client, known)
            taken.append(when - sent)
    return Figure(
        "bases",
        f"a base of {len(tests):,} classes is renamed and saved, all files",
        "s",
        {OURS: median(taken)},
        note="in the background, with progress",
        spread={OURS: max(taken)},
    )


def _survey(client: Client, known: list[dict[str, Any]]) -> tuple[float, list[dict[str, Any]]]:
    """When the answer about the workspace came, and what to say of it in the next question."""
    when, report = client.request("workspace/diagnostic", {"previousResultIds": known}, limit=600.0)
    ids = {each["uri"]: each["value"] for each in known}
    for each in report["items"]:
        ids.pop(each["uri"], None)
        if each.get("resultId"):
            ids[each["uri"]] = each["resultId"]
    return when, [{"uri": uri, "value": value} for uri, value in ids.items()]
