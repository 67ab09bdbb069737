"""What an editor says of itself in `initialize`: heard on its way to the server, and held against what it said before."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.capabilities import CLIENTS, RECORDED

if TYPE_CHECKING:
    from collections.abc import Iterator


def listening(said: str, server: str) -> str:
    """A shell script that runs the server by the words `server`, and writes what it is told into the file `said`."""
    return f'#!/bin/sh\ntee "{said}" | {server} "$@"\n'


def assert_says_what_was_recorded(editor: str, said: Path) -> None:
    """Hold the `initialize` in the file `said` against the recorded one of the editor.

    Where `RECORDINGS` names a folder, it is written down there first.
    """
    params = _initialize(said)
    name = f"{RECORDED[editor]}.json"
    if folder := os.environ.get("RECORDINGS"):
        now = {key: params[key] for key in ("capabilities", "clientInfo")}
        text = json.dumps(now, indent=1, sort_keys=True)
        Path(folder, name).write_text(f"{text}\n", encoding="utf-8", newline="\n")
    recorded = json.loads((CLIENTS / name).read_text("utf-8"))
    before, now = dict(_leaves(recorded["capabilities"])), dict(_leaves(params["capabilities"]))
    differences = [
        f"{path}: {before.get(path, 'nothing')} was recorded, it says {now.get(path, 'nothing')}"
        for path in sorted(before.keys() | now.keys())
        if before.get(path) != now.get(path)
    ]
    if differences:
        lines = "\n".join(differences)
        message = f"{editor} says of itself what is not in {name}; RECORDINGS=tests/e2e/clients writes it down anew:\n{lines}"
        raise AssertionError(message)


def _initialize(said: Path) -> dict[str, Any]:
    """The parameters of the first message."""
    head, _, rest = said.read_bytes().partition(b"\r\n\r\n")
    (length,) = (
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    message = json.loads(rest[:length])
    assert message["method"] == "initialize"
    params: dict[str, Any] = message["params"]
    return params


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """What is in an object and the objects in it, by its path, as JSON."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    else:
        yield path, json.dumps(value)
