"""From a keystroke to the diagnostics of the text with it, one by one and in a burst.

All servers run at the same time and take turns, so that a noisy machine is noisy for all. Text is typed as whole
statements' worth of names on new lines of function bodies: the file parses after every keystroke, because ruff
stops at a syntax error and would look faster than it is. One keystroke in ten is Enter, which moves every
finding below.
"""

from __future__ import annotations

import ast
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import peers
from .corpora import corpus, sized_test_file
from .figures import OURS, Bar, Figure, at_most, median, ninth_decile, times
from .lsp_client import Client

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from .lsp_client import Document
    from .peers import Peer

SIZES = (19_000, 40_000, 85_000)
"""Bytes of the real test files that are typed in."""

_PLACES = 6
WORD = "collected"
_BURST_EDITS = 30
_BURST_PAUSE = 0.030
_BURSTS = 5
_WARM_UP = 3


@dataclass(slots=True)
class Typing:
    """One server with one document open, and what its keystrokes took, in seconds."""

    peer: Peer
    client: Client
    document: Document
    single: list[float] = field(default_factory=list)
    burst: list[float] = field(default_factory=list)


def measure(*, quick: bool = False) -> list[Figure]:
    """Keystrokes on three sizes of files, where servers pull and where they push."""
    nova = corpus("nova")
    figures: list[Figure] = []
    for size in SIZES:
        path = sized_test_file(nova, size)
        for pull in (True, False):
            tools = [peers.ssot_lsp(), peers.ruff(), peers.ast_grep()]
            if pull:
                tools.append(peers.bare())
            figures += _measure_file(path, tools, size=size, pull=pull, quick=quick)
    return figures


def servers(
    stack: ExitStack, tools: Iterable[Peer], folder: Path, path: Path, text: str, *, pull: bool
) -> list[Typing]:
    """Start all servers on `folder`, with `path` open and its first diagnostics there."""
    found: list[Typing] = []
    for peer in tools:
        client = stack.enter_context(Client(peer.server, folder))
        client.initialize(pull=pull, options=peer.options)
        document = client.open(path, text)
        client.diagnostics(document)
        found.append(Typing(peer, client, document))
    return found


def type_at(typing: Typing, offset: int, text: str) -> float:
    """Type one keystroke and return the seconds until its diagnostics are there."""
    sent = typing.client.insert(typing.document, offset, text)
    return typing.client.diagnostics(typing.document).when - sent


def type_line(typing: Typing, line: int, indent: str, word: str = WORD) -> list[float]:
    """Type a new line below the 0-based `line`: Enter, then `word`; the seconds that each keystroke took."""
    offset = end_of_line(typing.document.text, line)
    seconds: list[float] = []
    for key in ("\n" + indent, *word):
        seconds.append(type_at(typing, offset, key))
        offset += len(key)
    return seconds


def places(text: str, count: int) -> list[tuple[int, str]]:
    """Last lines (0-based) and indents of `count` statements of functions all over `text`, the last one first.

    By turns the last statement of a function, behind which its block ends, and one in its middle.
    """
    lines = text.split("\n")
    found: list[tuple[ast.stmt, ast.stmt]] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.body[0].lineno > node.lineno:
            simple = [each for each in node.body if isinstance(each, ast.Expr | ast.Assign | ast.Assert)]
            if len(simple) > 1 and simple[-1] is node.body[-1]:
                found.append((simple[-1], simple[(len(simple) - 1) // 2]))
    found.sort(key=lambda each: -each[0].lineno)
    step = max(1, len(found) // count)
    chosen = [pair[number % 2] for number, pair in enumerate(found[step // 2 :: step][:count])]
    chosen.sort(key=lambda each: -each.lineno)
    return [
        ((each.end_lineno or each.lineno) - 1, lines[each.lineno - 1][: each.col_offset]) for each in chosen
    ]


def end_of_line(text: str, line: int) -> int:
    """The offset at which the 0-based `line` ends."""
    offset = 0
    for _ in range(line):
        offset = text.index("\n", offset) + 1
    end = text.find("\n", offset)
    return len(text) if end < 0 else end


def _measure_file(
    path: Path, tools: Sequence[Peer], *, size: int, pull: bool, quick: bool
) -> Iterable[Figure]:
    text = path.read_text(encoding="utf-8")
    chosen = places(text, 2 if quick else _PLACES)
    with ExitStack() as stack:
        typings = servers(stack, tools, corpus("nova"), path, text, pull=pull)
        for typing in typings:
            type_line(typing, *chosen[0], word="x" * _WARM_UP)
        for line, indent in chosen:
            for typing in typings:
                typing.single += type_line(typing, line, indent)
        for number in range(1 if quick else _BURSTS):
            for typing in typings:
                now = places(typing.document.text, _BURSTS)
                typing.burst.append(_burst(typing, *now[number % len(now)]))
    yield _single_figure(typings, path, size=size, pull=pull)
    yield _burst_figure(typings, size=size, pull=pull)


def _burst(typing: Typing, line: int, indent: str) -> float:
    """The seconds from the last of a burst of edits to the diagnostics of the text with all of them.

    As editors do, a pull that is still unanswered when the next edit comes is cancelled.
    """
    client, document = typing.client, typing.document
    offset = end_of_line(document.text, line)
    keys = ["\n" + indent, *("x" * (_BURST_EDITS - 1))]
    start = time.perf_counter()
    asked: int | None = None
    sent = start
    for number, key in enumerate(keys):
        time.sleep(max(0.0, start + number * _BURST_PAUSE - time.perf_counter()))
        if asked is not None and not client.has_reply(asked):
            client.notify("$/cancelRequest", {"id": asked})
        elif asked is not None:
            client.diagnostics(document, asked)
        sent = client.insert(document, offset, key)
        asked = client.ask_diagnostics(document)
        offset += len(key)
    return client.diagnostics(document, asked).when - sent


def _single_figure(typings: Sequence[Typing], path: Path, *, size: int, pull: bool) -> Figure:
    values = {each.peer.name: 1000 * median(each.single) for each in typings}
    bars = at_most("≤ 4 times ruff", times(values, "ruff", 4))
    if size > SIZES[0]:
        bars += at_most("ahead of ast-grep", times(values, "ast-grep", 1))
    found = ", ".join(f"{each.peer.name} {len(each.document.items)}" for each in typings)
    return Figure(
        "keystrokes",
        f"keystroke, {size // 1000} KB, {_way(pull=pull)}",
        "ms",
        values,
        bars,
        f"{path.name}; findings: {found}",
        {each.peer.name: 1000 * ninth_decile(each.single) for each in typings},
    )


def _burst_figure(typings: Sequence[Typing], *, size: int, pull: bool) -> Figure:
    values = {each.peer.name: 1000 * median(each.burst) for each in typings}
    ours = next(each for each in typings if each.peer.name == OURS)
    return Figure(
        "keystrokes",
        f"after a burst, {size // 1000} KB, {_way(pull=pull)}",
        "ms",
        values,
        (Bar("≤ 2 single times", 2000 * median(ours.single)),),
        f"{_BURST_EDITS} edits at {1000 * _BURST_PAUSE:.0f} ms",
        {each.peer.name: 1000 * max(each.burst) for each in typings},
    )


def _way(*, pull: bool) -> str:
    return "pulled" if pull else "pushed"
