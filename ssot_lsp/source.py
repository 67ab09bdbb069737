"""One text, parsed tolerantly: the only user of tree-sitter.

A `Source` never changes; `revise` makes the next one and reuses what the edit left alone. Trees speak bytes of
`data`; everybody else speaks code points of `text`, and `offset`/`byte` lead from one to the other.

`data` is the text in UTF-8, byte for byte as long as the original, with three things smoothed over that the
grammar does not read as Python does: lone carriage returns become line feeds, NULs become blanks, and long
runs of comment lines become blanks, because the grammar's scanner looks through the rest of a run at each of its
lines (4,000 comment lines cost seconds).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

import tree_sitter_python
from tree_sitter import Language, Node, Parser

from ssot_lsp.text import Lines, Span, common_prefix, common_suffix, line_starts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Tree

__all__ = ["CancelledError", "Node", "Source", "nodes_around"]

_LANGUAGE = Language(tree_sitter_python.language())
_LONE_CR = re.compile(rb"\r(?!\n)")
# A comment, then seven or more lines that hold nothing else; the first one stays as it is.
_COMMENT_RUN = re.compile(rb"#[^\n]*\n((?:[ \t\f]*#[^\n]*\n){7,})")
_CHUNK = 1 << 16
_BLANKS = frozenset({b" ", b"\t", b"\n", b"\r", b"\f"})
_STRING_PARTS = frozenset({"string", "string_content", "string_start", "interpolation", "format_specifier"})


class CancelledError(Exception):
    """The parse was no longer wanted."""


class Source:
    """A text with its tree. Immutable; safe to read from any thread."""

    __slots__ = ("_byte_starts", "_lines", "_raw", "data", "is_ascii", "root", "text", "tree")

    def __init__(self, text: str, tree: Tree, raw: bytes, data: bytes) -> None:
        """Take what `parse` and `revise` made; not for others to call."""
        self.text = text
        self.tree = tree
        self.root = tree.root_node
        self.data = data
        self.is_ascii = len(raw) == len(text)
        self._raw = raw
        self._lines: Lines | None = None
        self._byte_starts: list[int] | None = None

    @classmethod
    def parse(cls, text: str, cancelled: Callable[[], bool] | None = None) -> Source:
        """Parse `text` from scratch.

        With `cancelled` the parse lets other threads run and asks now and then whether it is still wanted;
        raises CancelledError if not.
        """
        raw = text.encode("utf-8", "surrogatepass")
        smooth = _smooth(raw)
        data = _blank_comment_runs(smooth)
        tree = _parse(data, None, cancelled)
        if data != smooth and (kept := _restore_strings(smooth, data, tree.root_node)) != data:
            data = kept
            tree = _parse(data, None, cancelled)
        return cls(text, tree, raw, data)

    def revise(self, text: str, cancelled: Callable[[], bool] | None = None) -> Source:
        """The source of `text`, reusing the tree where `text` equals this one; equal to parsing anew."""
        if text == self.text:
            return self
        raw = text.encode("utf-8", "surrogatepass")
        smooth = _smooth(raw)
        data = _blank_comment_runs(smooth)
        tree = self._reparse(data, cancelled)
        if data != smooth and (kept := _restore_strings(smooth, data, tree.root_node)) != data:
            data = kept
            tree = self._reparse(data, cancelled)
        return Source(text, tree, raw, data)

    @property
    def lines(self) -> Lines:
        """The line starts of `text`."""
        if self._lines is None:
            self._lines = Lines(self.text)
        return self._lines

    def offset(self, byte: int) -> int:
        """The code point that starts at `byte`."""
        if self.is_ascii:
            return byte
        starts = self._starts_in_bytes()
        line = bisect_right(starts, byte) - 1
        start = starts[line]
        return self.lines.starts[line] + len(self._raw[start:byte].decode("utf-8", "surrogatepass"))

    def byte(self, offset: int) -> int:
        """The first byte of the code point at `offset`."""
        if self.is_ascii:
            return offset
        line = self.lines.line_of(offset)
        start = self.lines.starts[line]
        return self._starts_in_bytes()[line] + len(self.text[start:offset].encode("utf-8", "surrogatepass"))

    def span(self, node: Node) -> Span:
        """The code points of `node`."""
        return Span(self.offset(node.start_byte), self.offset(node.end_byte))

    def node_text(self, node: Node) -> str:
        """The text of `node` as written."""
        return self._raw[node.start_byte : node.end_byte].decode("utf-8", "surrogatepass")

    def slice(self, start: int, end: int) -> str:
        """The text between two bytes as written."""
        return self._raw[start:end].decode("utf-8", "surrogatepass")

    def node_at(self, start: int, end: int) -> Node | None:
        """The smallest node that spans the bytes `start` to `end`."""
        return self.root.descendant_for_byte_range(start, end)

    def is_comment_at(self, offset: int) -> bool:
        """Whether the `#` at this code point stands in a comment, and not in a string."""
        byte = self.byte(offset)
        node = self.root.descendant_for_byte_range(byte, byte + 1)
        if node is None:
            return False
        if self.data[byte : byte + 1] == b"#":
            return node.type == "comment"
        return node.type not in _STRING_PARTS

    def errors(self) -> Iterator[Span]:
        """The places where the text is no Python, in order."""
        if not self.root.has_error:
            return
        pending = [self.root]
        while pending:
            node = pending.pop()
            if node.is_error or node.is_missing:
                yield self.span(node)
            elif node.has_error:
                pending.extend(reversed(node.children))

    def _starts_in_bytes(self) -> list[int]:
        if self._byte_starts is None:
            self._byte_starts = line_starts(self._raw)
        return self._byte_starts

    def _reparse(self, data: bytes, cancelled: Callable[[], bool] | None) -> Tree:
        old = self.data
        if data == old:
            return self.tree
        start = common_prefix(old, data)
        tail = common_suffix(old, data, start)
        old_end, new_end = len(old) - tail, len(data) - tail
        # Stretched over the blanks around it: where the edit touches the end of a block, the parser would take all that
        # comes after it anew, because it cannot tell whether the block still ends there.
        while start and old[start - 1 : start] in _BLANKS:
            start -= 1
        start = max(0, start - 1)
        while old_end < len(old) and old[old_end : old_end + 1] in _BLANKS:
            old_end += 1
            new_end += 1
        if old_end < len(old):
            old_end += 1
            new_end += 1
        tree = self.tree.copy()
        tree.edit(
            start,
            old_end,
            new_end,
            _point(old, start),
            _point(old, old_end),
            _point(data, new_end),
        )
        return _parse(data, tree, cancelled)


def nodes_around(node: Node, byte: int, most: int = 20_000) -> list[Node]:
    """The nodes that hold `byte`, from `node` itself inwards; no more than `most` of them.

    Goes by cursor: `Node.first_child_for_byte` of the binding crashes where there is no such child, and `Node.parent`
    starts from the root each time.
    """
    found = [node]
    cursor = node.walk()
    while len(found) < most and cursor.goto_first_child_for_byte(byte) is not None:
        child = cursor.node
        if child is None or child.start_byte > byte:
            break
        found.append(child)
    return found


def _parse(data: bytes, old: Tree | None, cancelled: Callable[[], bool] | None) -> Tree:
    parser = Parser(_LANGUAGE)
    if cancelled is None:
        return parser.parse(data) if old is None else parser.parse(data, old)

    # Only the callback form of the binding returns to Python on the way, which is what lets other threads run.
    def read(at: int, _point: object) -> bytes:
        return data[at : at + _CHUNK]

    def stop(_at: int, _has_error: bool) -> bool:  # noqa: FBT001 - the binding passes it by position
        return cancelled()

    try:
        if old is None:
            return parser.parse(read, progress_callback=stop)
        return parser.parse(read, old, progress_callback=stop)
    except ValueError as error:
        if cancelled():
            raise CancelledError from error
        raise


def _smooth(raw: bytes) -> bytes:
    if b"\r" in raw:
        raw = _LONE_CR.sub(b"\n", raw)
    return raw.replace(b"\0", b" ")


def _blank_comment_runs(data: bytes) -> bytes:
    return _COMMENT_RUN.sub(_blank_run, data)


def _blank_run(match: re.Match[bytes]) -> bytes:
    start = match.start(1) - match.start()
    whole = match.group()
    lines = whole[start:].split(b"\n")
    # A line with triple quotes may open or close a string that the run stands in.
    return whole[:start] + b"\n".join(
        line if b'"""' in line or b"'''" in line else b" " * len(line) for line in lines
    )


def _restore_strings(smooth: bytes, data: bytes, root: Node) -> bytes:
    """`data` with the runs back in place that turned out to stand inside of a string."""
    pieces: list[bytes] = []
    at = 0
    for match in _COMMENT_RUN.finditer(smooth):
        start, end = match.span(1)
        if data[start:end] == smooth[start:end]:
            continue
        node = root.descendant_for_byte_range(start, start + 1)
        if node is not None and node.type in _STRING_PARTS:
            pieces += (data[at:start], smooth[start:end])
            at = end
    return b"".join((*pieces, data[at:])) if pieces else data


def _point(data: bytes, at: int) -> tuple[int, int]:
    return data.count(b"\n", 0, at), at - (data.rfind(b"\n", 0, at) + 1)
