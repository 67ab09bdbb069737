"""Small faults in a project's own code: a comparison turned round, a constant changed, a call left out, a condition negated."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OPPOSITES: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", ">="),
    ast.GtE: (">=", "<"),
    ast.Gt: (">", "<="),
    ast.LtE: ("<=", ">"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}


@dataclass(frozen=True, slots=True)
class Mutation:
    """One fault: `start` and `end` are bytes of the file at `path`, `line` counts from 1."""

    path: str
    line: int
    kind: str
    start: int
    end: int
    text: bytes

    def applied(self, data: bytes) -> bytes:
        """The file with the fault in it."""
        return data[: self.start] + self.text + data[self.end :]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}, {self.kind}"


def mutations(folder: Path, path: str) -> list[Mutation]:
    """All faults that can be put into the functions of the file at `path`, as seen from `folder`, in their order.

    Not every one leaves code that parses: that takes too long to tell of thousands that are never tried.
    """
    data = (folder / path).read_bytes()
    reader = _Reader(path, data)
    found = {
        each.start: each
        for function in ast.walk(ast.parse(data))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in function.body
        for node in ast.walk(statement)
        for each in reader.of(node)
    }
    return [each for _, each in sorted(found.items())]


class _Reader:
    def __init__(self, path: str, data: bytes) -> None:
        self._path = path
        self._data = data
        self._lines = [0]
        for line in data.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def of(self, node: ast.AST) -> Iterator[Mutation]:
        """The faults in one node, not in what it holds."""
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            word, opposite = _OPPOSITES[type(node.ops[0])]
            start, end = self._end(node.left), self._start(node.comparators[0])
            between = self._data[start:end]
            if between.count(word.encode()) == 1:
                text = between.replace(word.encode(), opposite.encode())
                yield self._made(node, f"`{word}` becomes `{opposite}`", start, end, text)
        elif isinstance(node, ast.Constant) and (isinstance(node.value, bool) or type(node.value) is int):
            value = (not node.value) if isinstance(node.value, bool) else node.value + 1
            kind = f"`{node.value}` becomes `{value}`"
            yield self._made(node, kind, self._start(node), self._end(node), str(value).encode())
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await):
            yield self._made(node, "a call is left out", self._start(node), self._end(node), b"pass")
        elif isinstance(node, ast.If):
            start, end = self._start(node.test), self._end(node.test)
            text = b"not (" + self._data[start:end] + b")"
            yield self._made(node.test, "a condition is negated", start, end, text)

    def _made(self, node: ast.expr | ast.stmt, kind: str, start: int, end: int, text: bytes) -> Mutation:
        return Mutation(self._path, node.lineno, kind, start, end, text)

    def _start(self, node: ast.expr | ast.stmt) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.end_lineno - 1] + node.end_col_offset


def parses(data: bytes) -> bool:
    """Whether `data` is Python."""
    try:
        ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return True
