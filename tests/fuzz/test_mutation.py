"""One character less in a real test file: nothing crashes, and what was found before the damage is found still."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files
from ssot_lsp.text import Lines

CORPUS = {
    path.name.removesuffix(".py.txt"): path for path in sorted((Path(__file__).parent / "corpus").iterdir())
}
# How many lines right before the damage may change: its own statement, and what stands above that
MARGIN = 3


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


def sites(workspace: Workspace, path: str) -> set[tuple[int, int]]:
    """The spans of all mocks that are reported, be it as a root or among what a root covers."""
    findings = [each for each in workspace.snapshot().findings(path) if each.rule == "unjustified-mock"]
    return {(span.start, span.end) for each in findings for span in (each.span, *each.covers)}


def check(root: Path, text: str, offset: int, length: int) -> None:
    """Take `length` characters at `offset` out of `text`, typed into one workspace and given to another."""
    path = str(root / "test_it.py")
    edited = Workspace(Files(), [str(root)])
    edited.write(path, text)
    lines = Lines(text)
    limit = lines.starts[max(0, lines.line_of(offset) - MARGIN)]
    before = {span for span in sites(edited, path) if span[1] <= limit}

    edited.write(path, text[:offset] + text[offset + length :])
    again = Workspace(Files(), [str(root)])
    again.write(path, text[:offset] + text[offset + length :])

    after = sites(edited, path)
    assert after == sites(again, path)
    lost = sorted(before - after)
    assert not lost, "\n".join(
        f"line {lines.line_of(start) + 1}: {text[start:end]} is lost by the damage in line {lines.line_of(offset) + 1}"
        for start, end in lost
    )


@pytest.mark.parametrize("name", CORPUS)
@given(data=st.data())
def test_a_character_less(root: Path, name: str, data: st.DataObject) -> None:
    text = CORPUS[name].read_text("utf-8")
    check(root, text, data.draw(st.integers(0, len(text) - 1), label="offset"), 1)


@pytest.mark.parametrize("name", CORPUS)
@given(data=st.data())
def test_a_bracket_quote_or_colon_less(root: Path, name: str, data: st.DataObject) -> None:
    text = CORPUS[name].read_text("utf-8")
    offsets = [offset for offset, character in enumerate(text) if character in "()[]{}'\":@,=#\n"]
    check(root, text, data.draw(st.sampled_from(offsets), label="offset"), 1)


@pytest.mark.parametrize("name", CORPUS)
@given(data=st.data())
def test_the_rest_is_not_typed_yet(root: Path, name: str, data: st.DataObject) -> None:
    text = CORPUS[name].read_text("utf-8")
    offset = data.draw(st.integers(0, len(text) - 1), label="offset")
    check(root, text, offset, len(text) - offset)


@given(text=st.text(max_size=200))
@example("Mock(\ud800)")
@example("\0Mock()")
def test_any_text_at_all(root: Path, text: str) -> None:
    workspace = Workspace(Files(), [str(root)])
    path = str(root / "test_it.py")

    workspace.write(path, f"x = Mock()\n{text}")

    assert all(
        0 <= each.span.start <= each.span.end <= len(text) + 11
        for each in workspace.snapshot().findings(path)
    )
