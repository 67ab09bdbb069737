"""From asking what can be done about a mock to the list, and from the choice to the edit.

The workspace is celery with the factory that the proof of the fixes gives it, the text its test file nearest to 40 KB
in which the factory serves for many doubles. Before each question a keystroke is typed and its diagnostics are waited
for, so that nothing is remembered of the text as it is now; the clock runs from just before the question is written.
Each list is resolved once, in the swap that stands first. ruff lists how to silence the same places, with the edits in
the list; it resolves nothing that is like a swap.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from tests.prove.environment import work_copy
from tests.prove.projects import CELERY

from . import peers
from .corpora import cache_folder
from .figures import OURS, Bar, Figure, median, ninth_decile
from .keystrokes import end_of_line, places, servers, type_at

if TYPE_CHECKING:
    from pathlib import Path

    from .keystrokes import Typing

_FILE = "t/unit/backends/test_mongodb.py"
_PLACES = 16
_SWAP = "Use `SSotMockFactory."
_FIX_ALL = "source.fixAll"


def measure(*, quick: bool = False) -> list[Figure]:
    """The list at a mock, the swap in it, and all that is safe in the file."""
    path = _workspace() / _FILE
    text = path.read_text(encoding="utf-8")
    lists: dict[str, list[float]] = {}
    swaps: list[float] = []
    listed: dict[str, int] = {}
    with ExitStack() as stack:
        folder = _workspace()
        typings = servers(stack, [peers.ssot_lsp(), peers.ruff()], folder, path, text, pull=True)
        flagged = {each.peer.name: _flagged(each) for each in typings}
        for number in range(2 if quick else _PLACES):
            for typing in typings:
                own = flagged[typing.peer.name]
                _type_somewhere(typing)
                taken, actions = _ask(typing, own[number * max(1, len(own) // _PLACES) % len(own)])
                swap = next((each for each in actions if each["title"].startswith(_SWAP)), None)
                resolving = _resolve(typing, swap) if swap is not None else 0.0
                if number == 0:  # the first one brings the code and the factory into memory
                    continue
                lists.setdefault(typing.peer.name, []).append(taken)
                listed[typing.peer.name] = listed.get(typing.peer.name, 0) + len(actions)
                if swap is not None:
                    swaps.append(resolving)
        whole = [_fix_all(typings[0]) for _ in range(1 if quick else 5)]
    size = f"{len(text.encode()) // 1000} KB"
    counted = ", ".join(f"{tool} {count / len(lists[tool]):.1f}" for tool, count in listed.items())
    return [
        _figure(f"code actions at a mock, {size}: list", lists, 10.0, f"in one list: {counted}"),
        _figure("the same: resolve a swap", {OURS: swaps}, 60.0, f"{len(swaps)} swaps"),
        _figure("the same: all that is safe, listed and resolved", {OURS: whole}, None, ""),
    ]


def _figure(measure: str, seconds: dict[str, list[float]], limit: float | None, note: str) -> Figure:
    return Figure(
        "code actions",
        measure,
        "ms",
        {tool: 1000 * median(each) for tool, each in seconds.items()},
        (Bar(f"< {limit:.0f} ms", limit),) if limit is not None else (),
        note,
        {tool: 1000 * ninth_decile(each) for tool, each in seconds.items()},
    )


def _workspace() -> Path:
    """Celery with a factory; laid out anew where the factory is another one."""
    folder = cache_folder() / "code-actions"
    factory = folder / CELERY.factory
    if not factory.is_file() or factory.read_bytes() != CELERY.factory_source.read_bytes():
        shutil.rmtree(folder, ignore_errors=True)
        work_copy(CELERY, folder)
    return folder


def _flagged(typing: Typing) -> list[int]:
    """Which of a server's diagnostics to ask about: all of them, of ours those that have a swap."""
    found: list[int] = []
    for number, each in enumerate(typing.document.items):
        if typing.peer.name == OURS:
            _, actions = typing.client.request("textDocument/codeAction", _params(typing, each))
            if not any(action["title"].startswith(_SWAP) for action in actions):
                continue
        found.append(number)
    return found


def _type_somewhere(typing: Typing) -> None:
    """A new line in one of the first functions."""
    line, indent = places(typing.document.text, _PLACES)[-1]
    type_at(typing, end_of_line(typing.document.text, line), f"\n{indent}collected")


def _ask(typing: Typing, number: int) -> tuple[float, list[dict[str, Any]]]:
    """What is listed at a diagnostic; seconds and the actions."""
    params = _params(typing, typing.document.items[number])
    sent = typing.client.send("textDocument/codeAction", params)
    started = typing.client.sent_at
    when, reply = typing.client.wait_reply(sent)
    return when - started, reply.get("result") or []


def _resolve(typing: Typing, action: dict[str, Any]) -> float:
    sent = typing.client.send("codeAction/resolve", action)
    started = typing.client.sent_at
    when, reply = typing.client.wait_reply(sent)
    assert "error" not in reply, reply["error"]
    return when - started


def _fix_all(typing: Typing) -> float:
    """The seconds for all safe fixes of the file, from the question to the edit."""
    _type_somewhere(typing)
    diagnostic = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}}
    params = _params(typing, diagnostic)
    params["context"] = {"diagnostics": [], "only": [_FIX_ALL]}
    sent = typing.client.send("textDocument/codeAction", params)
    started = typing.client.sent_at
    _, reply = typing.client.wait_reply(sent)
    when, _ = typing.client.request("codeAction/resolve", reply["result"][0])
    return when - started


def _params(typing: Typing, diagnostic: dict[str, Any]) -> dict[str, Any]:
    context = {"diagnostics": [diagnostic] if "code" in diagnostic else [], "triggerKind": 1}
    return {
        "textDocument": {"uri": typing.document.uri},
        "range": diagnostic["range"],
        "context": context,
    }
