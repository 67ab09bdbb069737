"""Text, lines and places, against a model that shares no code with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lsp.text import Edit, Lines, Place, Span, apply_edits

# What other notions of a line break at, what encodings count differently, and halves of surrogate pairs.
ALPHABET = "ab \t\n\r\f\v\x1c\x1d\x1e\x85\u2028\u2029é中😀\ud83d\ude00\ufeff\0"
TEXTS = st.text(st.sampled_from(ALPHABET), max_size=40)
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])


def lines_by_hand(text: str) -> list[str]:
    """The lines of `text` with their ends, found one character after the other."""
    lines, line = [], ""
    for index, character in enumerate(text):
        line += character
        if character == "\n" or (character == "\r" and text[index + 1 : index + 2] != "\n"):
            lines.append(line)
            line = ""
    return [*lines, line]


def units(text: str, encoding: str) -> int:
    """How many code units `text` has."""
    size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    return len(text.encode(encoding if size == 1 else encoding + "-le", "surrogatepass")) // size


@given(TEXTS)
def test_lines_break_where_the_protocol_says_and_nowhere_else(text: str) -> None:
    lines = Lines(text)
    expected = lines_by_hand(text)
    assert len(lines) == len(expected)
    assert [lines.content(line) for line in range(len(lines))] == [line.rstrip("\r\n") for line in expected]
    assert lines.starts == [len("".join(expected[:line])) for line in range(len(expected))]


@pytest.mark.parametrize("piece", [1, 2, 5])
def test_lines_are_counted_piece_by_piece(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr("ssot_lsp.text._PIECE", piece)

    assert [Lines(text).starts for text in ("", "\n", "a", "a\n", "\n\na", "ab\n\ncd\ne")] == [
        [0],
        [0, 1],
        [0],
        [0, 2],
        [0, 1, 2],
        [0, 3, 4, 7],
    ]


@given(TEXTS, ENCODINGS)
def test_every_place_is_the_line_and_the_code_units_before_it(text: str, encoding: str) -> None:
    lines = Lines(text)
    at = 0
    for number, line in enumerate(lines_by_hand(text)):
        for column, _ in enumerate(line):
            place = lines.place(at, encoding)  # type: ignore[arg-type]
            assert place == Place(number, units(line[:column], encoding))
            if line[column] not in "\r\n":
                assert lines.offset(*place, encoding) == at  # type: ignore[arg-type]
            at += 1


@given(TEXTS, ENCODINGS, st.integers(-2, 50), st.integers(-2, 90))
def test_any_place_has_an_offset_on_its_line(text: str, encoding: str, line: int, column: int) -> None:
    offset = Lines(text).offset(line, column, encoding)  # type: ignore[arg-type]
    expected = lines_by_hand(text)
    if line < 0:
        assert offset == 0
    elif line >= len(expected):
        assert offset == len(text)
    else:
        start = len("".join(expected[:line]))
        content = expected[line].rstrip("\r\n")
        assert start <= offset <= start + len(content)
        before = units(content[: offset - start], encoding)
        assert before <= max(column, 0)
        if offset < start + len(content):  # the next character would be past the column
            assert units(content[: offset - start + 1], encoding) > column


@given(TEXTS, TEXTS, st.data())
def test_the_lines_after_an_edit_are_those_of_the_new_text(
    text: str, inserted: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    edit = Edit(Span(start, end), inserted)
    edited, anew = Lines(text).edited(edit), Lines(apply_edits(text, [edit]))
    assert edited.text == anew.text
    assert edited.starts == anew.starts
    assert edited.place(len(anew.text), "utf-16") == anew.place(len(anew.text), "utf-16")


def test_edits_refer_to_the_text_before_all_of_them() -> None:
    assert apply_edits("abcdef", [Edit(Span(4, 6), "Z"), Edit(Span(0, 1), "xyz")]) == "xyzbcdZ"


def test_edits_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap at offset 2"):
        apply_edits("abcdef", [Edit(Span(0, 3), ""), Edit(Span(2, 4), "")])
