"""Documents of unusual size: 1.5 MB of real tests, a run of 4,000 comment lines, 5 MB."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from . import peers
from .corpora import cache_folder, corpus, python_files, sized_test_file
from .figures import Bar, Figure, median, ninth_decile
from .keystrokes import end_of_line, places, servers, type_line
from .lsp_client import Client

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .lsp_client import Document
    from .peers import Peer

_COMMENT_LINES = 4_000
_HUGE = 5_000_000
_HUGE_EDITS = 3
_HOVER_PAUSE = 0.005


def measure(*, quick: bool = False) -> list[Figure]:
    """Keystrokes in the first two, and what a document of 5 MB costs and how other requests fare meanwhile."""
    nova = corpus("nova")
    large = max(python_files(nova / "nova" / "tests"), key=lambda path: path.stat().st_size)
    return [
        _keystrokes("1.5 MB of tests", large, large.read_text(encoding="utf-8"), quick=quick),
        _keystrokes("4,000 comment lines", _path("test_comments.py"), commented_text(nova), quick=quick),
        *_huge(_path("test_huge.py"), huge_text(nova)),
    ]


def commented_text(nova: Path) -> str:
    """A real test file of 19 KB with a run of 4,000 lines of commented-out code in its middle."""
    lines = sized_test_file(nova, 19_000).read_text(encoding="utf-8").splitlines(keepends=True)
    code = sized_test_file(nova, 200_000).read_text(encoding="utf-8").splitlines(keepends=True)
    comments = [f"    # {line}" for line in code[:_COMMENT_LINES]]
    header = next(
        index for index in range(len(lines) // 2, len(lines)) if lines[index].startswith("    def ")
    )
    first = max(index for index in range(header) if not lines[index].strip())
    return "".join([*lines[: first + 1], *comments, *lines[first + 1 :]])


def huge_text(nova: Path) -> str:
    """The largest test modules of nova one after the other, cut at the first that reaches 5 MB."""
    files = sorted(python_files(nova / "nova" / "tests"), key=lambda path: (-path.stat().st_size, path.name))
    pieces: list[str] = []
    while sum(map(len, pieces)) < _HUGE:
        pieces.append(files[len(pieces)].read_text(encoding="utf-8"))
    return "\n".join(pieces)


def _keystrokes(what: str, path: Path, text: str, *, quick: bool) -> Figure:
    tools = [peers.ssot_lsp(), peers.ruff(), peers.ast_grep()]
    seconds: dict[str, list[float]] = {each.name: [] for each in tools}
    with ExitStack() as stack:
        typings = servers(stack, tools, path.parent, path, text, pull=True)
        for line, indent in places(text, 1 if quick else 3):
            for typing in typings:
                seconds[typing.peer.name] += type_line(typing, line, indent)
    return Figure(
        "documents",
        f"keystroke, {what}",
        "ms",
        {name: 1000 * median(each) for name, each in seconds.items()},
        (Bar("≤ 150 ms", 150.0),),
        "; ".join(f"{each.peer.name} finds {len(each.document.items)}" for each in typings),
        {name: 1000 * ninth_decile(each) for name, each in seconds.items()},
    )


def _huge(path: Path, text: str) -> Sequence[Figure]:
    opened: dict[str, float] = {}
    edited: dict[str, float] = {}
    worst: dict[str, float] = {}
    found: list[str] = []
    for peer in (peers.ssot_lsp(), peers.ruff()):
        first, later, waits, items = _huge_in(peer, path, text)
        opened[peer.name], edited[peer.name] = 1000 * first, 1000 * median(later)
        worst[peer.name] = 1000 * max(waits, default=0.0)
        found.append(f"{peer.name} finds {items}")
    note = "; ".join(found)
    return (
        Figure("documents", "5 MB: open to right result", "ms", opened, (Bar("≤ 2 s", 2000.0),), note),
        Figure("documents", "5 MB: keystroke to right result", "ms", edited, (Bar("≤ 2 s", 2000.0),), note),
        Figure(
            "documents",
            "5 MB: slowest hover meanwhile",
            "ms",
            worst,
            (Bar("≤ 50 ms", 50.0),),
            "in another file",
        ),
    )


def _huge_in(peer: Peer, path: Path, text: str) -> tuple[float, list[float], list[float], int]:
    """Seconds to the first result, to those of keystrokes, of the hovers meanwhile; and how much was found."""
    small_path = path.with_name("test_small.py")
    with Client(peer.server, path.parent) as client:
        client.initialize(pull=True, options=peer.options)
        small = client.open(
            small_path, "from unittest import mock\n\n\ndef test_one():\n    double = mock.Mock()\n"
        )
        client.diagnostics(small)
        waits: list[float] = []
        start = time.perf_counter()
        document = client.open(path, text)
        first = _hover_until_there(client, document, small, waits) - start
        later: list[float] = []
        for line, indent in places(text, _HUGE_EDITS):
            start = client.insert(document, end_of_line(document.text, line), f"\n{indent}collected")
            later.append(_hover_until_there(client, document, small, waits) - start)
        return first, later, waits, len(document.items)


def _hover_until_there(client: Client, document: Document, small: Document, waits: list[float]) -> float:
    """Hover in `small`, again and again, until the diagnostics of `document` are there; returns when they came."""
    asked = client.ask_diagnostics(document)
    parameters = {"textDocument": {"uri": small.uri}, "position": {"line": 4, "character": 20}}
    while not (client.has_published(document) if asked is None else client.has_reply(asked)):
        sent = time.perf_counter()
        when, _ = client.wait_reply(client.send("textDocument/hover", parameters))
        waits.append(when - sent)
        time.sleep(_HOVER_PAUSE)
    return client.diagnostics(document, asked).when


def _path(name: str) -> Path:
    folder = cache_folder() / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name
