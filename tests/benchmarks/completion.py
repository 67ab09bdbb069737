"""From a dot behind the factory's name to the list of its methods, warm and for the first time.

The text is a real test file of nova with the import of the scaffold's factory, which lies in the same workspace. The
name and the dot are typed on new lines of function bodies all over the file; while the line is unfinished the file
does not parse, as is usual when something completes. The clock runs from just before the dot is written, so that the
edit is paid for too. jedi-language-server takes turns.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ssot_lsp

from . import peers
from .corpora import cache_folder, corpus, sized_test_file
from .figures import Bar, Figure, median, ninth_decile
from .keystrokes import SIZES, end_of_line, places
from .lsp_client import Client
from .workspace import workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .lsp_client import Document
    from .peers import Peer

_PLACES = 12
_RUNS = 5
_NAME = "SSotMockFactory"
_WANTED = "create_websocket_mock"
_MODULE = "test_framework.ssot.mock_factory"
_IMPORT = f"from {_MODULE} import {_NAME}\n"
_PROMISED = 40_000
"""Up to this size a completion is promised to be there within 10 ms."""


def measure(*, quick: bool = False) -> list[Figure]:
    """Completions in files of three sizes, and the first one in the generated workspace."""
    figures = [_warm(size, quick=quick) for size in SIZES]
    folder = workspace(300 if quick else 10_000)
    return [*figures, _first(folder, 300 if quick else 10_000, runs=1 if quick else _RUNS)]


def _tools() -> list[Peer]:
    return [peers.ssot_lsp(), peers.jedi()]


def _warm(size: int, *, quick: bool) -> Figure:
    folder = cache_folder() / "completion"
    factory = folder.joinpath(*_MODULE.split(".")).with_suffix(".py")
    factory.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(ssot_lsp.__file__).with_name("scaffold") / "mock_factory.py", factory)
    original = sized_test_file(corpus("nova"), size)
    text = _IMPORT + original.read_text(encoding="utf-8")
    path = folder / "tests" / f"test_{size}.py"
    seconds: dict[str, list[float]] = {}
    notes: list[str] = []
    with ExitStack() as stack:
        clients = []
        for peer in _tools():
            client = stack.enter_context(Client(peer.server, folder))
            client.initialize(pull=True, options=peer.options)
            document = client.open(path, text)
            clients.append((peer, client, document))
        for number, (line, indent) in enumerate(_chosen(text, quick=quick)):
            for peer, client, document in clients:
                taken, found = _complete(client, document, line, indent)
                if number == 0:  # the first one brings the factory into memory
                    notes.append(f"{peer.name} lists {found}")
                else:
                    seconds.setdefault(peer.name, []).append(taken)
    return Figure(
        "completion",
        f"methods of the factory, {size // 1000} KB",
        "ms",
        {tool: 1000 * median(each) for tool, each in seconds.items()},
        (Bar("≤ 10 ms", 10.0),) if size <= _PROMISED else (),
        "; ".join(notes),
        {tool: 1000 * ninth_decile(each) for tool, each in seconds.items()},
    )


def _chosen(text: str, *, quick: bool) -> Iterator[tuple[int, str]]:
    """Where to type: the first place twice, once to warm up."""
    found = places(text, 2 if quick else _PLACES)
    yield from (found[0], *found)


def _complete(client: Client, document: Document, line: int, indent: str) -> tuple[float, int]:
    """Type the name and the dot below the 0-based `line`, and take it back; seconds, and how much was listed."""
    before = document.text
    offset = end_of_line(document.text, line)
    head = f"\n{indent}{_NAME}"
    client.insert(document, offset, head)
    typed = {"line": line + 1, "character": len(head) - 1}
    client.request("textDocument/completion", _params(document, typed))  # the letters before are done with
    place = {"line": line + 1, "character": len(head)}
    sent = client.insert(document, offset + len(head), ".")
    context = {"triggerKind": 2, "triggerCharacter": "."}
    when, result = client.request("textDocument/completion", _params(document, place, context))
    client.replace(document, before)
    return when - sent, len(_methods(result))


def _first(folder: Path, files: int, *, runs: int) -> Figure:
    """Seconds from `initialize` to the first list, in a new test that imports the factory."""
    text = f"{_IMPORT}\n\ndef test_it():\n    {_NAME}."
    path = folder / "tests" / "test_that_is_new.py"
    place = {"line": 4, "character": len(f"    {_NAME}.")}
    seconds: dict[str, list[float]] = {}
    for _ in range(runs):
        for peer in _tools():
            with Client(peer.server, folder) as client:
                taken = client.initialize(pull=True, options=peer.options)
                document = client.open(path, text)
                when, result = client.request("textDocument/completion", _params(document, place))
                if _methods(result):
                    seconds.setdefault(peer.name, []).append(when - client.started - taken)
    return Figure(
        "completion",
        f"the first one, {files:,} files",
        "ms",
        {tool: 1000 * median(each) for tool, each in seconds.items()},
        (Bar("≤ 2 s", 2000.0),),
        "from the answer of `initialize`",
        {tool: 1000 * max(each) for tool, each in seconds.items()},
    )


def _params(
    document: Document, place: dict[str, int], context: dict[str, Any] | None = None
) -> dict[str, Any]:
    params: dict[str, Any] = {"textDocument": {"uri": document.uri}, "position": place}
    return params if context is None else {**params, "context": context}


def _methods(result: Any) -> list[str]:
    """The labels that were listed; none where the method that everybody wants is not among them."""
    items = result["items"] if isinstance(result, dict) else result or []
    labels = [each["label"] for each in items]
    return labels if any(each.startswith(_WANTED) for each in labels) else []
