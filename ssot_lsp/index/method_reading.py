"""One method of a factory as its text says it: its signature, what it hands out, which strings and keywords it knows.

Nothing is imported or run.
"""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.index.doubles import read
from ssot_lsp.index.factory import FactoryMethod, Parameter
from ssot_lsp.index.literals import closed_strings, keywords_read, names_read
from ssot_lsp.index.outline import decorator_paths, node_at
from ssot_lsp.index.values import NOTHING
from ssot_lsp.nodes import own_nodes, path_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.index.factory import ParameterKind
    from ssot_lsp.index.outline import Code, Lineage, Outline
    from ssot_lsp.source import Node
    from ssot_lsp.text import Span

# Decorators that leave signature and result alone.
_TRANSPARENT = frozenset(
    {
        *("staticmethod", "classmethod", "abstractmethod", "cache", "lru_cache", "override", "final"),
        *("no_type_check", "deprecated", "fixture"),
    }
)
_OWN_RESULTS = frozenset({"contextmanager", "asynccontextmanager"})
_SELVES = frozenset({"self", "_self", "this", "me", "_"})
# Without any of these nothing is compared or looked up.
_COMPARES = re.compile(rb"==|\bin\b|\bmatch\b|\[|!=|\bget\b|\breturn\s+[\w.]+\(\s*\w+\s*[,)]")
_DEEPEST = 4


class Read(NamedTuple):
    """A method as it was read, what is in doubt about it, and the functions that were gone into for both."""

    method: FactoryMethod
    doubts: tuple[str, ...]
    helpers: tuple[Code, ...]


class MethodReader:
    """Reads methods of the factory `name` of the file at `path`; a module has no name."""

    def __init__(self, outline: Outline, path: str, name: str) -> None:
        self._outline = outline
        self._path = path
        self._name = name

    def read(self, name: str, code: Code, lineage: Lineage | None, span: Span) -> Read:
        """The method that `code` is, whose name is at `span`; `lineage` is that of the class, None in a module."""
        data = code.unit.data
        decorators = [
            (names[-1] if names else "", names, text) for names, text in decorator_paths(code.whole, data)
        ]
        words = {word for word, _, _ in decorators}
        is_static, is_class = "staticmethod" in words, "classmethod" in words
        is_bound = bool(code.owner) and not is_static
        parameters = signature_of(code, is_bound=is_bound)
        is_product_known, wrappers, doubts = self._see_through(code, decorators)
        if is_bound and not is_class and _lacks_self(code):
            doubts.append(f"`{name}` takes no `self`: whether it is called on the class is not known")
        key = (self._path, self._name) if lineage is not None else None
        reading, helpers = read(self._outline, code, key, is_bound=is_bound)
        parameters = tuple(replace(each, value=reading.defaults.get(each.name)) for each in parameters)
        if not is_product_known or (
            b"yield" in code.text and any(each.type == "yield" for each in own_nodes(code.node))
        ):
            reading = NOTHING
        body = code.node.child_by_field_name("body")
        literals, lists, mentioned, targets = self._strings(code, parameters, lineage)
        returns = code.node.child_by_field_name("return_type")
        method = FactoryMethod(
            name=name,
            factory=self._name,
            path=code.path,
            span=span,
            parameters=parameters,
            returns=_squeezed(text_of(data, returns)) if returns is not None else "",
            docstring=docstring_of(body, data) if body is not None else "",
            is_static=is_static,
            is_class=is_class,
            is_async=data.startswith(b"async", code.node.start_byte),
            is_signature_known=not doubts,
            products=reading.products,
            surface=reading.surface,
            inherited=reading.inherited,
            specs=tuple(each.dotted for each in reading.specs),
            literals=literals,
            lists=lists,
            mentioned=mentioned,
            reads_keywords=self.keywords(code, lineage, 0),
            is_open=reading.is_open,
            alternatives=reading.alternatives,
        )
        return Read(method, tuple(doubts), (*helpers, *targets, *wrappers))

    def _see_through(
        self, code: Code, decorators: list[tuple[str, tuple[str, ...], str]]
    ) -> tuple[bool, list[Code], list[str]]:
        """Whether the decorators leave the result as it is written, their own code, and why the signature is in doubt."""
        is_product_known = True
        wrappers: list[Code] = []
        doubts: list[str] = []
        for word, names, text in decorators:
            if word in _TRANSPARENT:
                continue
            is_product_known = False
            if word in _OWN_RESULTS:
                continue
            functions = self._functions_of(code, names)
            wrappers += functions
            # A function of the workspace may keep the signature by `functools.wraps`.
            if not any(b"wraps(" in each.text for each in functions):
                doubts.append(f"the decorator `{text}` may change the signature of `{code.name}`")
        return is_product_known, wrappers, doubts

    def _functions_of(self, code: Code, names: tuple[str, ...]) -> list[Code]:
        """The functions of the workspace that a decorator may be."""
        scope = 0
        found = [
            self._outline.functions(origin.path, origin.name)
            for origin in self._outline.origin(code.path, names, code.unit, scope)
            if origin.path
        ]
        return [codes[-1] for codes in found if codes]

    def _strings(
        self, code: Code, parameters: tuple[Parameter, ...], lineage: Lineage | None, depth: int = 0
    ) -> tuple[dict[str, tuple[str, ...]], frozenset[str], dict[str, tuple[str, ...]], tuple[Code, ...]]:
        """The strings per parameter, those that are lists of them, others that are mentioned, and who else was asked."""
        body = code.node.child_by_field_name("body")
        names = [each.name for each in parameters if each.kind not in {"args", "kwargs"}]
        names += [each.name for each in parameters if each.kind == "args"]
        if body is None or not names or not _COMPARES.search(code.text):
            return {}, frozenset(), {}, ()

        def constant(name: str) -> tuple[Node, bytes] | None:
            head, _, last = name.rpartition(".")
            if head and lineage is not None:
                found = lineage.value(last)
                return (found[2], found[1].data) if found is not None and found[2] is not None else None
            facts = self._outline.facts(code.path)
            bindings = facts.module.names.get(name, []) if facts is not None and not head else []
            if len(bindings) != 1 or bindings[0][1].value is None:
                return None
            node = node_at(bindings[0][0], bindings[0][1].value)
            return (node, bindings[0][0].data) if node is not None else None

        found, handed = closed_strings(body, code.unit.data, names, constant)
        lists = {name for name, each in found.items() if each.of_items}
        mentioned = {name: each.strings for name, each in found.items() if not each.is_closed}
        known = {name: each.strings for name, each in found.items() if each.is_closed}
        targets: list[Code] = []
        for each in handed if depth == 0 else ():
            function = each.call.child_by_field_name("function")
            path = path_of(function, code.unit.data) if function is not None else ()
            target = self._target(path, code, lineage) if each.parameter not in found else None
            if target is None:
                continue
            # What another method knows is worth offering; it is all there is where nothing comes before its call.
            inner = signature_of(
                target, is_bound=bool(target.owner) and not is_decorated(target, {"staticmethod"})
            )
            closed, inner_lists, others, _ = self._strings(target, inner, lineage, depth=1)
            targets.append(target)
            first = inner[0].name if inner else ""
            strings = (*closed.get(first, ()), *others.get(first, ()))
            if strings and first not in inner_lists:
                is_closed = each.is_sure and first in closed
                (known if is_closed else mentioned)[each.parameter] = closed[first] if is_closed else strings
                if each.of_items:
                    lists.add(each.parameter)
        return (
            known,
            frozenset(lists),
            mentioned,
            tuple(targets),
        )

    def keywords(self, code: Code, lineage: Lineage | None, depth: int) -> tuple[str, ...] | None:
        """The keywords that the `**kwargs` of a function is read for, there and in what they are handed on to."""
        body = code.node.child_by_field_name("body")
        name = next((name for name, kind in _kinds(code) if kind == "kwargs"), None)
        if name is None or body is None:
            return ()
        found = keywords_read(body, code.unit.data, name)
        if found.is_open or depth > _DEEPEST:
            return None
        read = list(found.read)
        for call in found.handed_to:
            function = call.child_by_field_name("function")
            target = (
                self._target(path_of(function, code.unit.data), code, lineage)
                if function is not None
                else None
            )
            if target is None:
                return None
            read += [name for name, kind in _kinds(target) if kind in {"positional", "keyword"}]
            further = self.keywords(target, lineage, depth + 1)
            if further is None:
                return None
            read += further
        return tuple(dict.fromkeys(read))

    def _target(self, names: tuple[str, ...], code: Code, lineage: Lineage | None) -> Code | None:
        """The function that a call of a path runs."""
        if not names:
            return None
        first = next((name for name, _ in _kinds(code, is_bound=False)), "") if code.owner else ""
        is_own = names[:-1] in {(first,), (self._name,), ("super", "()"), (first, "__class__")}
        codes: list[Code] = []
        if is_own and lineage is not None:
            codes = lineage.functions(names[-1])
        else:
            for origin in self._outline.origin(code.path, names, code.unit, 0):
                codes = self._outline.functions(origin.path, origin.name) if origin.path else []
                if not codes and origin.path:
                    inner = self._outline.lineage(origin.path, origin.name)
                    codes = inner.functions("__init__") if inner is not None and not inner.doubts else []
        return codes[-1] if codes and codes[-1].node != code.node else None


def is_decorated(code: Code, words: Iterable[str]) -> bool:
    """Whether one of the decorators has such a name, or such a last one."""
    wanted = set(words)
    return any(names[-1:] and names[-1] in wanted for names, _ in decorator_paths(code.whole, code.unit.data))


def docstring_of(block: Node, data: bytes) -> str:
    """The docstring that a body starts with, without its indentation; empty where there is none."""
    first = next((child for child in block.named_children if child.type != "comment"), None)
    if first is None or first.type != "expression_statement" or not first.named_child_count:
        return ""
    node = first.named_children[0]
    if node.type != "string":
        return ""
    try:
        value = ast.literal_eval(text_of(data, node))
    except (ValueError, SyntaxError):
        return ""
    return inspect.cleandoc(value) if isinstance(value, str) else ""


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _kinds(code: Code, *, is_bound: bool = True) -> Iterator[tuple[str, ParameterKind]]:
    is_static = is_decorated(code, {"staticmethod"})
    is_bound = is_bound and bool(code.owner) and not is_static
    for each in signature_of(code, is_bound=is_bound, with_reads=False):
        yield each.name, each.kind


def signature_of(code: Code, *, is_bound: bool, with_reads: bool = True) -> tuple[Parameter, ...]:
    """Its parameters as they are written, without the first one where that is bound.

    `with_reads`: look also whether the body reads them.
    """
    node, body = code.node.child_by_field_name("parameters"), code.node.child_by_field_name("body")
    if node is None:
        return ()
    data = code.unit.data
    read_names = names_read(body, data) if body is not None and with_reads else set()
    found: list[Parameter] = []
    kind: ParameterKind = "positional"
    for child in node.named_children:
        if child.type == "keyword_separator":
            kind = "keyword"
            continue
        if child.type == "positional_separator":
            found = [replace(each, kind="positional-only") for each in found]
            continue
        holder = (
            child.named_children[0] if child.type == "typed_parameter" and child.named_child_count else child
        )
        own: ParameterKind = kind
        name: Node | None = holder if holder.type == "identifier" else holder.child_by_field_name("name")
        if holder.type in {"list_splat_pattern", "dictionary_splat_pattern"} and holder.named_child_count:
            name = holder.named_children[0]
            own = "args" if holder.type == "list_splat_pattern" else "kwargs"
            kind = "keyword"
        if name is None:
            continue
        annotation, default = child.child_by_field_name("type"), child.child_by_field_name("value")
        word = text_of(data, name)
        found.append(
            Parameter(
                word,
                _squeezed(text_of(data, annotation)) if annotation is not None else "",
                _squeezed(text_of(data, default)) if default is not None else None,
                own,
                word in read_names,
            )
        )
    is_first_bound = is_bound and bool(found) and found[0].kind in {"positional", "positional-only"}
    return tuple(found[1:] if is_first_bound else found)


def _lacks_self(code: Code) -> bool:
    """Whether a method that nothing decorates is written like a static one: people forget the decorator."""
    first = next(iter(signature_of(code, is_bound=False, with_reads=False)), None)
    return first is None or first.name not in _SELVES
