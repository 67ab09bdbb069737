"""What names mean that a function does not bind: in its module, in others, in the mock library, on the factory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ssot_lsp.definitions import MODULE, Kind
from ssot_lsp.index.members import is_async_code
from ssot_lsp.index.mock_library import short_name
from ssot_lsp.index.outline import decorator_paths, node_at
from ssot_lsp.index.values import UNKNOWN, Class, Function, Itself, Reference, either

if TYPE_CHECKING:
    from ssot_lsp.definitions import Binding, Path
    from ssot_lsp.facts import Unit
    from ssot_lsp.index.outline import Code, Outline
    from ssot_lsp.index.values import Value
    from ssot_lsp.source import Node

_BARE_NAMES = frozenset({"Mock", "MagicMock", "AsyncMock", "PropertyMock"})


class Evaluator(Protocol):
    """Who knows what expressions give."""

    def foreign_value(self, node: Node, unit: Unit, path: str) -> Value:
        """The value of an expression at module or class level of the file at `path`."""


class OuterNames:
    """The names around functions. `evaluator` owns this, and is given as a weak proxy.

    `factory` is the path and name of the class that the functions are asked of, None where it is none.
    """

    def __init__(self, outline: Outline, factory: tuple[str, str] | None, evaluator: Evaluator) -> None:
        self._outline = outline
        self._factory = factory
        self._evaluator = evaluator

    def constant(self, names: Path, code: Code) -> Value:
        """What a name of the module or of another one is, or what a path from a module leads to."""
        facts = self._outline.facts(code.path)
        if facts is None:
            return UNKNOWN
        bindings, kind = facts.lookup(names[0], code.unit, _scope(code))
        if kind == MODULE and len(names) == len(bindings) == 1 and bindings[0][2].kind is Kind.ASSIGNMENT:
            return self._bound(code.path, bindings[0][0], bindings[0][2])
        return either(self._referred(each) for each in self._origins(names, code)) if bindings else UNKNOWN

    def creator(self, names: Path, code: Code) -> str | None:
        """The constructor of `unittest.mock` that a path leads to."""
        found = self._origins(names, code)
        for each in found:
            creator = short_name(each.dotted) if not each.path else None
            if creator is not None:
                return creator
        facts = self._outline.facts(code.path)
        if (
            not found
            and names[-1] in _BARE_NAMES
            and len(names) == 1
            and facts is not None
            and not facts.is_bound(names[0])
        ):
            return names[0]
        return None

    def is_factory(self, names: Path, code: Code) -> bool:
        """Whether a path leads to the factory."""
        if self._factory is None or names[-1] != self._factory[1]:
            return False
        return any((each.path, each.name) == self._factory for each in self._origins(names, code))

    def factory_member(self, name: str) -> Value:
        """What an attribute of the factory is."""
        if self._factory is None:
            return UNKNOWN
        lineage = self._outline.lineage(*self._factory)
        if lineage is None:
            return UNKNOWN
        codes = lineage.functions(name)
        if codes:
            code = codes[-1]
            decorators = {names[-1:] for names, _ in decorator_paths(code.whole, code.unit.data)}
            if ("property",) in decorators or ("cached_property",) in decorators:
                return UNKNOWN
            return Function(
                is_async_code(code), code, receiver=None if ("staticmethod",) in decorators else Itself()
            )
        found = lineage.value(name)
        if found is not None and found[2] is not None:
            return self._evaluator.foreign_value(found[2], found[1], found[0].path)
        return UNKNOWN

    def _bound(self, path: str, unit: Unit, binding: Binding) -> Value:
        node = node_at(unit, binding.value) if binding.value is not None else None
        return self._evaluator.foreign_value(node, unit, path) if node is not None else UNKNOWN

    def _referred(self, found: Class) -> Value:
        """What a place in the workspace, or a name outside of it, is."""
        if not found.path:
            return Reference(found)
        facts = self._outline.facts(found.path)
        bindings = facts.module.names.get(found.name, []) if facts is not None else []
        kinds = {binding.kind for _, binding in bindings}
        if kinds == {Kind.CLASS} or "." in found.name:
            return Reference(found)
        if kinds == {Kind.DEFINITION}:
            codes = self._outline.functions(found.path, found.name)
            return Function(is_async_code(codes[-1]), codes[-1]) if codes else UNKNOWN
        if len(bindings) == 1 and kinds == {Kind.ASSIGNMENT}:
            return self._bound(found.path, *bindings[0])
        return Reference(found) if Kind.CLASS in kinds else UNKNOWN

    def _origins(self, names: Path, code: Code) -> list[Class]:
        """The dotted names that a path may lead to."""
        return [
            Class(self._outline.dotted(each), each.path, each.name) if each.path else Class(each.name)
            for each in self._outline.origin(code.path, names, code.unit, _scope(code))
        ]


def _scope(code: Code) -> int:
    """The number of the scope that a function's body is, in its unit."""
    body = code.node.child_by_field_name("body") if code.node.type == "function_definition" else None
    return code.unit.scope_at((body or code.node).start_byte - code.unit.start)
