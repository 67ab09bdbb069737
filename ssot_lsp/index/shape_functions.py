"""What a shape keeps of a function: its header, and of its body the few words that say whether set-up is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.index.shapes import HOOKS, Function
from ssot_lsp.nodes import own_nodes, path_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.definitions import Path
    from ssot_lsp.source import Node

_HOOK = re.compile(rb"(?<!\w)(?:" + b"|".join(sorted(map(str.encode, HOOKS))) + rb")(?!\w)")
_OWN_SUPER = re.compile(rb"super\([^()\n]*\)\s*\.\s*(\w+)")
_CALLS_OTHERS = re.compile(rb"(?<!\w)(?:getattr|methodcaller)\s*\(")
_CALLING_WORDS = (b"getattr", b"methodcaller")
_NONE: frozenset[str] = frozenset()
_HOOK_WORDS = (b"etUp", b"earDown", b"setup", b"teardown")


class Functions:
    """Reads the functions of one text."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        # The words by which a function can be more than its name; of most files none at all stands in any.
        self._hook_words = tuple(word for word in _HOOK_WORDS if word in data)
        self._calling_words = tuple(word for word in _CALLING_WORDS if word in data)
        self._may_yield = b"yield" in data
        self._words = (*self._hook_words, *self._calling_words, *((b"yield",) if self._may_yield else ()))

    def read(self, node: Node, definition: Node) -> Function:
        """The function that `definition` is; `node` is that, or what holds its decorators too."""
        name = definition.child_by_field_name("name")
        body = definition.child_by_field_name("body")
        start = body.start_byte if body is not None else definition.end_byte
        data = self._data
        low, high = (name.start_byte, name.end_byte) if name is not None else (node.start_byte,) * 2
        text = _text(data, name) if name is not None else ""
        end = node.end_byte
        name_at = (low - node.start_byte, high - node.start_byte)
        is_async = data.startswith(b"async", definition.start_byte)
        if node is definition and not _is_in(self._words, data, node.start_byte, end):  # as most are
            return Function(text, name_at, is_async, False, (), _NONE, _NONE, False, False)  # noqa: FBT003 - by name it takes longer
        supers: set[str] = set()
        mentions: set[str] = set()
        if _is_in(self._hook_words, data, start, end):
            supers.update(self._supers(start, end))
            mentions.update(self._mentions(text, start, end))
        is_generator = (
            self._may_yield
            and data.find(b"yield", start, end) >= 0
            and any(each.type == "yield" for each in own_nodes(definition))
        )
        return Function(
            text,
            name_at,
            is_async,
            is_generator,
            tuple(decorators(node, data)) if node is not definition else (),
            frozenset(mentions),
            frozenset(supers),
            text in HOOKS and self._is_trivial(body),
            _is_in(self._calling_words, data, start, end)
            and _CALLS_OTHERS.search(data, start, end) is not None,
            self._parameters(definition) if text in HOOKS else (),
        )

    def _supers(self, start: int, end: int) -> Iterator[str]:
        data = self._data
        for match in _OWN_SUPER.finditer(data, start, end):
            word = match.group(1).decode("utf-8", "surrogatepass")
            if word in HOOKS and b"#" not in data[data.rfind(b"\n", 0, match.start()) + 1 : match.start()]:
                yield word

    def _mentions(self, name: str, start: int, end: int) -> Iterator[str]:
        data = self._data
        for match in _HOOK.finditer(data, start, end):
            word = match.group().decode()
            line = data[data.rfind(b"\n", 0, match.start()) + 1 : match.start()]
            is_own_super = word == name and (b"super(" in line or line.rstrip().endswith(b"."))
            if not is_own_super or b"self." in line:
                yield word

    def _parameters(self, definition: Node) -> tuple[str, ...]:
        parameters = definition.child_by_field_name("parameters")
        children = parameters.named_children if parameters is not None else []
        return tuple(_text(self._data, each) for each in children if each.type != "comment")

    def _is_trivial(self, body: Node | None) -> bool:
        if body is None or body.named_child_count > 3:
            return False
        for child in body.named_children:
            if child.type in {"comment", "pass_statement"}:
                continue
            inner = child.named_children[0] if child.named_child_count else None
            if child.type == "expression_statement" and inner is not None:
                if inner.type in {"string", "ellipsis"}:
                    continue
                text = _text(self._data, inner)
                if text.startswith(("super(", "await super(")) and inner.type in {"call", "await"}:
                    continue
            return False
        return True


def decorators(node: Node, data: bytes) -> Iterator[Path]:
    """The paths of decorators, a call's being that of its callee; empty for other expressions."""
    if node.type != "decorated_definition":
        return
    for child in node.named_children:
        if child.type == "decorator" and child.named_child_count:
            expression = child.named_children[0]
            if expression.type == "call":
                expression = expression.child_by_field_name("function") or expression
            path = path_of(expression, data)
            yield () if "()" in path or "[]" in path else path


def _is_in(words: Iterable[bytes], data: bytes, start: int, end: int) -> bool:
    """Whether one of `words` stands between two bytes."""
    for word in words:  # noqa: SIM110 - asked of each method, most of which hold none: a generator takes twice as long
        if data.find(word, start, end) >= 0:
            return True
    return False


def _text(data: bytes, node: Node) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "surrogatepass")
