"""Whether code stands where an error is expected: what fails there on purpose is nobody's mistake."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from ssot_lsp.facts import Unit
    from ssot_lsp.source import Node

_EXPECTS = re.compile(
    rb"(?:\braises|\b[aA]ssertRaises\w*|\b[aA]ssert_raises\w*|\bsuppress|\bfails?_with)\s*\("
)
_ANY = (b"Exception", b"BaseException")


def is_expected(unit: Unit, at: int, errors: tuple[str, ...]) -> bool:
    """Whether the code at `at`, relative to `unit`, is watched for one of `errors`, class names.

    Around it stands `pytest.raises` or the like, of any error if `errors` are none; or a `try` that names one of them.
    """
    byte = unit.start + at
    words = tuple(each.encode() for each in errors)
    chain = nodes_around(unit.node, byte)
    for node, child in pairwise(chain):
        if node.type == "try_statement" and child.type == "block" and words:
            clauses = [each for each in node.named_children if each.type.startswith("except")]
            if any(_names(_head(each, unit.data), words) for each in clauses):
                return True
        elif node.type in {"with_statement", "call"} and child.type in {"block", "argument_list"}:
            head = unit.data[node.start_byte : child.start_byte]
            if node.type == "call":
                head += unit.data[child.start_byte : min(byte, child.end_byte)]
            match = _EXPECTS.search(head)
            if match is not None and (not words or _names(head[match.end() :], (*words, *_ANY))):
                return True
    return False


def _head(clause: Node, data: bytes) -> bytes:
    for child in clause.children:
        if child.type == "block":
            return data[clause.start_byte : child.start_byte]
    return data[clause.start_byte : clause.end_byte]


def _names(text: bytes, words: tuple[bytes, ...]) -> bool:
    return any(re.search(rb"\b" + word + rb"\b", text) for word in words)
