"""Flags classes and functions of a test suite that make a double which the factory makes already.

That is a `class Mock…`, `Fake…`, `Stub…` or `Dummy…`, or a `def create_mock_…` or `make_mock_…`, outside of the
factory, for which a method of the factory has the words (`MockWebSocket`: `create_websocket_mock`) or most of what
it has. A class that shares none of its attributes, or one of very many, with what the method hands out is something
else, whatever it is called, and one that derives from the real thing is judged by its attributes alone. A function that
returns what the factory makes, or the real thing, makes no double of its own. It says nothing where there is no
factory.

## Why is this bad?

Each double of its own is one more idea of how the real thing behaves. When the interface changes, the factory
follows, and the private copy goes on passing against what no longer exists.

## Example

`shared/factory.py`:

```python
from unittest.mock import AsyncMock, MagicMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock():
        websocket = MagicMock()
        websocket.send_json = AsyncMock()
        websocket.close = AsyncMock()
        return websocket
```

`tests/test_chat.py`:

```python
from shared.factory import SSotMockFactory


class MockWebSocket:  # error
    def __init__(self):
        self.sent = []

    async def send_json(self, message):
        self.sent.append(message)

    async def close(self): ...


async def test_greeting(chat):
    websocket = MockWebSocket()
    await chat.greet(websocket)
    assert websocket.sent == ["hello"]
```

Use instead:

`tests/test_chat.py`:

```python
from shared.factory import SSotMockFactory


async def test_greeting(chat):
    websocket = SSotMockFactory.create_websocket_mock()
    await chat.greet(websocket)
    websocket.send_json.assert_awaited_once_with("hello")
```

## Fix safety

What a test asks of its own class it has to ask of the factory's double in another way, so no edit is made: the
finding leads to the method that fits. Suppressing it changes nothing that runs.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.candidates import OF_MOCKS, Wanted, candidates, surface_names
from ssot_lsp.definitions import FUNCTION
from ssot_lsp.finding import Finding, Related, Severity
from ssot_lsp.index.receivers import factory_of_receiver
from ssot_lsp.names import product
from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.candidates import Candidate
    from ssot_lsp.facts import Unit
    from ssot_lsp.index.factory import Factory
    from ssot_lsp.rules.base import RuleContext
    from ssot_lsp.source import Node

SEVERITY = Severity.HINT
NEEDLES = (b"Mock", b"Fake", b"Stub", b"Dummy", b"_mock_")

# Without a `\b` before them: what starts with letters is found many times faster.
_CLASS = re.compile(rb"class[ \t\\]+(_*(?:Mock|Fake|Stub|Dummy)_*([A-Z]\w*))")
_FUNCTION = re.compile(rb"def[ \t\\]+(_*(?:create|make)_mock_\w+)")
_OF_SELF = re.compile(rb"\bself\.([^\W_]\w*)[ \t]*(?::[^=\n]*)?=(?!=)")
# What is no double, whatever it is called: it is told by what it derives from, or by its name.
_NO_DOUBLES = frozenset(
    {
        *("Protocol", "TypedDict", "NamedTuple", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"),
        *("Exception", "BaseException", "TestCase", "IsolatedAsyncioTestCase", "BaseModel"),
    }
)
_NO_DOUBLE = re.compile(r"(?:Error|Exception|Warning|Test|Tests|TestCase|Factory|Mixin)\Z")
# What is no double of its own, though it is nobody's real thing either.
_DOUBLE = re.compile(r"Mock|Fake|Stub|Dummy|Namespace|namedtuple|sentinel|mock")
# Bases that bring no code along.
_NOTHING = frozenset({"object", "ABC", "Generic"})
_FEW = 2
_MOST = 0.5
_HARDLY_ANY = 0.1


class _Definition(NamedTuple):
    """A class or function that makes a double: `wanted` is what it says of it, `members` what the double has."""

    name: str
    node: Node
    what: str
    wanted: Wanted
    members: frozenset[str]
    few: int = 1
    """So many attributes of its own say that it is something else; those of a mock are not all that it has."""
    is_derived: bool = False
    """Whether it runs code of another class, which no mock does."""


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each definition of a double that the factory has."""
    data = ctx.facts.source.data
    for match in (*_CLASS.finditer(data), *_FUNCTION.finditer(data)):
        at = match.start(1)
        unit = ctx.facts.unit_at(at)
        node = _defined(unit, at) if unit is not None else None
        if unit is None or node is None or ctx.mocks.is_exempt(at):
            continue
        is_class = match.re is _CLASS
        found = _class(ctx, node, match) if is_class else _function(ctx, unit, node, match.group(1))
        best = _candidate(ctx, found) if found is not None else None
        if found is not None and best is not None:
            yield _finding(ctx, found, best)


def _finding(ctx: RuleContext, found: _Definition, best: Candidate) -> Finding:
    method = f"{best.factory.name}.{best.method.name}"
    return Finding(
        "hand-written-double",
        ctx.path,
        ctx.facts.source.span(found.node),
        f"`{found.name}` is {found.what} beside `{method}`, which makes this double",
        SEVERITY,
        (Related(best.method.path, best.method.span, f"`{method}`: {'; '.join(best.reasons)}"),),
        found.name,
    )


def _defined(unit: Unit, at: int) -> Node | None:
    """The name of the definition that starts there, in code and in no string."""
    chain = nodes_around(unit.node, at)
    name, outer = chain[-1], chain[-2] if len(chain) > 1 else None
    is_name = outer is not None and outer.child_by_field_name("name") == name
    is_definition = outer is not None and outer.type in {"class_definition", "function_definition"}
    return name if is_name and is_definition else None


def _class(ctx: RuleContext, node: Node, match: re.Match[bytes]) -> _Definition | None:
    data = ctx.facts.source.data
    name, stem = (match.group(group).decode("utf-8", "surrogatepass") for group in (1, 2))
    definition = nodes_around(ctx.facts.source.root, node.start_byte)[-2]
    body = definition.child_by_field_name("body")
    if body is None or _NO_DOUBLE.search(name):
        return None
    header = data[node.end_byte : body.start_byte].decode("utf-8", "surrogatepass")
    if not _NO_DOUBLES.isdisjoint(re.findall(r"\w+", header)):
        return None
    members = _members(body, data)
    if any(each.startswith("test") for each in members):
        return None
    is_derived = any(_runs_code(ctx, each) for each in _bases(definition))
    wanted = Wanted((name,), (stem,), members)
    return _Definition(name, node, "a class", wanted, members, is_derived=is_derived)


def _bases(definition: Node) -> Iterator[Node]:
    superclasses = definition.child_by_field_name("superclasses")
    for each in superclasses.named_children if superclasses is not None else ():
        base = each.child_by_field_name("value") if each.type == "subscript" else each
        if base is not None and base.type in {"identifier", "attribute"}:
            yield base


def _runs_code(ctx: RuleContext, base: Node) -> bool:
    """Whether a base is neither a mock nor one of those that have nothing."""
    name = ctx.facts.source.slice(base.start_byte, base.end_byte).rpartition(".")[2]
    return name not in _NOTHING and "Mock" not in name


def _members(body: Node, data: bytes) -> frozenset[str]:
    """What a class has: its methods, what they set on `self`, what stands in its body."""
    found = _OF_SELF.findall(data, body.start_byte, body.end_byte)
    for child in body.named_children:
        definition = (
            child.child_by_field_name("definition") if child.type == "decorated_definition" else child
        )
        if child.type == "expression_statement" and child.named_child_count:
            definition = child.named_children[0]
        field = "left" if definition is not None and definition.type == "assignment" else "name"
        name = definition.child_by_field_name(field) if definition is not None else None
        if name is not None and name.type == "identifier":
            found.append(data[name.start_byte : name.end_byte])
    names = {each.decode("utf-8", "surrogatepass") for each in found}
    return frozenset(each for each in names if not each.startswith("_"))


def _function(ctx: RuleContext, unit: Unit, node: Node, name: bytes) -> _Definition | None:
    text = name.decode("utf-8", "surrogatepass")
    for number, scope in enumerate(unit.scopes):
        start = unit.start + scope.span[0]
        if (
            scope.kind != FUNCTION
            or scope.name != text
            or not start <= node.start_byte < unit.start + scope.body
        ):
            continue
        members: set[str] = set()
        for result in scope.results:
            path = result.alias or (unit.path(result.value) if result.value is not None else ())
            if path and factory_of_receiver(ctx.world, ctx.path, unit, number, path) is not None:
                return None
            members |= {each.path[1] for each in scope.paths if len(path) == 1 and each.path[:1] == path}
        members -= {"return_value", "side_effect"}
        if not scope.results or _makes_the_real_thing(ctx, unit, number):
            return None
        return _Definition(
            text,
            node,
            "a function",
            Wanted((text, product(text)), (), frozenset(members)),
            frozenset(members),
            _FEW,
        )
    return None


def _makes_the_real_thing(ctx: RuleContext, unit: Unit, number: int) -> bool:
    """Whether all that a function returns are calls of what is imported, and it makes no mock."""
    scope = unit.scopes[number]
    origins = ctx.mocks.origins
    for result in scope.results:
        path = unit.path(result.value) if result.value is not None else ()
        made = origins.of_path(path[:-1], unit, number) if path[-1:] == ("()",) and len(path) > 1 else ()
        if not made or any(each.path or _DOUBLE.search(each.name) for each in made):
            return False
    start, end = scope.span
    return not any(site.unit is unit and start <= site.call.callee[0] < end for site in ctx.mocks.sites)


def _candidate(ctx: RuleContext, found: _Definition) -> Candidate | None:
    """The factory's method for it, where that is beyond doubt."""
    factories = ctx.world.factories_of(ctx.path)
    known = tuple(each for each in factories.all() if each.path != ctx.path)
    ctx.dependencies.update(factories.found.touched)
    for each in _ranked(known, found.wanted, tuple(sorted(ctx.config.factory_map.items()))):
        mapped, by_class, by_attributes, by_words = each.weights
        surface = surface_names(each.method)
        shared = len(found.members & surface)
        has_most = (
            bool(by_attributes)
            and shared >= _FEW
            and shared >= _MOST * len(surface)
            and shared >= _MOST * len(found.members)
        )
        has_words = max(by_class, by_words) >= 1.0
        is_other = len(surface) >= _FEW and _is_other(found, shared)
        is_near = max(by_class, by_words) >= _MOST and shared >= _FEW
        by_name = (has_words or is_near) and not is_other and not found.is_derived
        if mapped or has_most or by_name:
            return each
    return None


def _is_other(found: _Definition, shared: int) -> bool:
    """Whether what a double has says that it is another one than its name does: it `shared` hardly any of it."""
    own = len(found.members - OF_MOCKS)
    return own >= found.few and shared < _HARDLY_ANY * own


@lru_cache(maxsize=128)
def _ranked(
    known: tuple[Factory, ...], wanted: Wanted, factory_map: tuple[tuple[str, str], ...]
) -> tuple[Candidate, ...]:
    """The methods that fit, remembered: a key seldom changes what a class is like, and all methods are weighed anew."""
    return candidates(known, wanted, dict(factory_map))
