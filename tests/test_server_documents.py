"""The text of a document against a client that keeps it as code units and shares no code with the server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from ssot_lsp.server import content
from ssot_lsp.server.documents import Document
from ssot_lsp.text import line_starts

PLAIN = "\n\n\nab \t\n\r\f\v\x1c\x1d\x1e\x85\u2028\u2029é中😀\ufeff\0"
HALVES = "\ud83d\ude00"  # a client that counts in UTF-16 can send them one by one
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


@dataclass
class ReferenceClient:
    """A text as its code units; lines are found by looking at each unit."""

    units: list[int]
    encoding: str

    def encode(self, text: str) -> list[int]:
        codec, size = CODECS[self.encoding]
        data = text.encode(codec, "surrogatepass")
        return [int.from_bytes(data[at : at + size], "little") for at in range(0, len(data), size)]

    def lines(self) -> list[tuple[int, int]]:
        """The start of each line and the end of what stands on it."""
        found, start, at = [], 0, 0
        while at < len(self.units):
            unit = self.units[at]
            if unit in {10, 13}:
                found.append((start, at))
                at += 2 if self.units[at : at + 2] == [13, 10] else 1
                start = at
            else:
                at += 1
        return [*found, (start, len(self.units))]

    def is_inside_of_a_character(self, at: int) -> bool:
        if not 0 < at < len(self.units):
            return False
        if self.encoding == "utf-8":
            return 0x80 <= self.units[at] < 0xC0
        if self.encoding == "utf-16":
            return 0xD800 <= self.units[at - 1] < 0xDC00 <= self.units[at] < 0xE000
        return False

    def places(self) -> list[tuple[int, int]]:
        """Every line and column at which a cursor can stand."""
        return [
            (line, at - start)
            for line, (start, end) in enumerate(self.lines())
            for at in range(start, end + 1)
            if not self.is_inside_of_a_character(at)
        ]

    def at(self, line: int, column: int) -> int:
        lines = self.lines()
        if line >= len(lines):
            return len(self.units)
        start, end = lines[line]
        return min(start + column, end)

    def edit(self, start: tuple[int, int], end: tuple[int, int], text: str) -> dict[str, Any]:
        """Apply an edit and return it as it is sent."""
        self.units[self.at(*start) : self.at(*end)] = self.encode(text)
        return {
            "range": {
                "start": {"line": start[0], "character": start[1]},
                "end": {"line": end[0], "character": end[1]},
            },
            "text": text,
        }


def send(document: Document, changes: list[dict[str, Any]], encoding: str) -> None:
    """Let the changes arrive as they do, through JSON."""
    document.apply([received(each) for each in json.loads(json.dumps(changes))], encoding)  # type: ignore[arg-type]


def received(change: dict[str, Any]) -> types.TextDocumentContentChangeEvent:
    if "range" not in change:
        return types.TextDocumentContentChangeWholeDocument(change["text"])
    start, end = change["range"]["start"], change["range"]["end"]
    at = types.Range(types.Position(**start), types.Position(**end))
    return types.TextDocumentContentChangePartial(range=at, text=change["text"])


def opened(text: str) -> Document:
    return Document.of(types.TextDocumentItem("file:///test_a.py", "python", 1, json.loads(json.dumps(text))))


@pytest.fixture(params=[None, 4], ids=["as a whole", "in pieces"], autouse=True)
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test once with texts that are kept in pieces of so many code points."""
    if request.param is not None:
        monkeypatch.setattr(content, "LARGE", 2 * request.param)
        monkeypatch.setattr(content, "_PIECE", request.param)


@given(st.data(), st.sampled_from(sorted(CODECS)))
def test_the_text_of_the_server_is_that_of_the_client(data: st.DataObject, encoding: str) -> None:
    letters = st.text(st.sampled_from(PLAIN + (HALVES if encoding == "utf-16" else "")), max_size=30)
    text = data.draw(letters)
    client = ReferenceClient([], encoding)
    client.units = client.encode(text)
    document = opened(text)
    for _ in range(data.draw(st.integers(1, 5))):
        changes = []
        for _ in range(data.draw(st.integers(1, 3))):
            inserted = data.draw(letters)
            if data.draw(st.integers(0, 9)) == 0:
                client.units = client.encode(inserted)
                changes.append({"text": inserted})
                continue
            places = st.sampled_from(client.places())
            start, end = sorted((data.draw(places), data.draw(places)))
            changes.append(client.edit(start, end, inserted))
        send(document, changes, encoding)
        assert client.encode(document.content.text) == client.units
        assert document.lines.starts == line_starts(document.content.text)
        sound = document.content.sound_text
        assert sound == sound.encode("utf-8", "replace").decode()  # the engine can always write it down
        assert len(sound) == len(document.content.text)
        assert len(client.encode(sound)) == len(client.units)


@given(st.data(), st.sampled_from(sorted(CODECS)))
def test_places_past_the_end_are_the_end(data: st.DataObject, encoding: str) -> None:
    text = data.draw(st.text(st.sampled_from(PLAIN), max_size=30))
    client = ReferenceClient([], encoding)
    client.units = client.encode(text)
    document = opened(text)
    line = data.draw(st.integers(0, 15))
    change = client.edit((line, 1000), (line + data.draw(st.integers(0, 3)), 2**31 - 1), "x")
    send(document, [change], encoding)
    assert client.encode(document.content.text) == client.units


def test_a_range_that_is_turned_around_is_turned_back() -> None:
    document = opened("abcdef")
    send(
        document,
        [{"range": {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 1}}, "text": "-"}],
        "utf-16",
    )
    assert document.content.text == "a-ef"


def test_halves_of_a_character_that_meet_become_one() -> None:
    document = opened("x\ud83dy\ude00")
    assert document.content.text == "x\ud83dy\ude00"
    assert document.content.sound_text == "x\ufffdy\ufffd"
    send(
        document,
        [{"range": {"start": {"line": 0, "character": 2}, "end": {"line": 0, "character": 3}}, "text": ""}],
        "utf-16",
    )
    assert document.content.text == "x😀"
    assert document.content.sound_text == "x😀"
    assert not document.content.is_torn


@pytest.mark.parametrize(
    ("uri", "language", "is_analysed"),
    [
        pytest.param("file:///x/test_a.py", "python", True, id="a file"),
        pytest.param("file:///x/test_a.py", "django", True, id="a file by its name"),
        pytest.param("untitled:Untitled-1", "python", True, id="not saved yet"),
        pytest.param("file:///x/pyproject.toml", "toml", True, id="a configuration"),
        pytest.param("git:/x/test_a.py?%7B%22ref%22%3A%22HEAD%22%7D", "python", False, id="an old revision"),
        pytest.param("output:tasks", "python", False, id="an output channel"),
        pytest.param("file:///x/README.md", "markdown", False, id="another language"),
    ],
)
def test_what_is_analysed(uri: str, language: str, is_analysed: bool) -> None:
    assert Document.of(types.TextDocumentItem(uri, language, 1, "")).is_analysed is is_analysed
