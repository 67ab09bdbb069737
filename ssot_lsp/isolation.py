"""What the factory calls of a file say of users: which identities each call takes and gives, and who is somebody else.

Only what is written out is compared: literals, and the literal defaults of the factory. Two names for one value, or
one name for two, are not told apart, and nothing is said of them.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.identities import different_users, marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssot_lsp.calls import Argument, Call
    from ssot_lsp.index.factory import FactoryMethod
    from ssot_lsp.index.factory_uses import FactoryUse

_LITERAL = re.compile(r"""(?:[rbuRBU]?(?:"[^"\\\n{]*"|'[^'\\\n{]*')|-?\d+)\Z""")
_SPLICED = frozenset({"*", "**"})
_POSITIONAL = frozenset({"positional", "positional-only"})


class Product(NamedTuple):
    """A call of a factory method that takes identities.

    `takes` are the isolation parameters, in the order of the configuration; `gives` are those that are passed, with
    the text of their values, and `places` where these stand, relative to the unit. `name` is what the product is called, empty where it has no name or several.
    """

    use: FactoryUse
    method: FactoryMethod
    call: Call
    takes: tuple[str, ...]
    gives: Mapping[str, str]
    places: Mapping[str, tuple[int, int]]
    name: str

    @property
    def identity(self) -> str | None:
        """The first isolation parameter's value, as a literal: passed, or by default; None where it is not known."""
        return self.value(self.takes[0])

    def value(self, parameter: str) -> str | None:
        """The literal value of a parameter, passed or by default; None where it is not known, or nobody."""
        text = self.gives.get(parameter)
        if text is None:
            declared = self.method.parameter(parameter)
            text = declared.value if declared is not None else None
        return text if text is not None and _LITERAL.match(text) else None


class Shared(NamedTuple):
    """A product that has the identity of the `first` of several users."""

    product: Product
    first: Product


def products(uses: Iterable[FactoryUse], parameters: Sequence[str]) -> Iterator[Product]:
    """The calls that take one of the isolation `parameters`, where all that is passed is written out."""
    for use in uses:
        method, call = use.method, use.call
        if method is None or call is None or not method.is_signature_known:
            continue
        takes = tuple(each for each in parameters if method.parameter(each) is not None)
        gives = _given(method, call) if takes else None
        if gives is not None:
            places = {name: each.span for name, each in gives.items() if name in takes}
            texts = {name: _text(use, gives[name]) for name in places}
            yield Product(use, method, call, takes, texts, places, _name(call))


def others(found: Iterable[Product]) -> Iterator[tuple[Product, ...]]:
    """The groups of products of one method in one function that are of different users, by their names."""
    by_function: dict[tuple[object, ...], dict[str, Product]] = defaultdict(dict)
    for each in found:
        if each.name:
            key = (
                each.use.unit.start,
                each.use.scope,
                each.method.path,
                each.method.factory,
                each.method.name,
            )
            by_function[key].setdefault(each.name, each)
    for by_name in by_function.values():
        for names in different_users(by_name):
            yield tuple(by_name[name] for name in names)


def shared(found: Iterable[Product]) -> Iterator[Shared]:
    """The products of different users that have the identity of an earlier one.

    Several things of one user are told by what else identifies them: two connections with an id each may be the same
    user's, unless their names speak of users.
    """
    seen: set[int] = set()
    for group in others(found):
        firsts: dict[str, Product] = {}
        for each in sorted(group, key=lambda product: product.use.span):
            identity = each.identity
            if identity is None:
                continue
            first = firsts.setdefault(repr(literal_eval(identity)), each)
            if first is not each and each.use.span.start not in seen and _is_mistaken(first, each):
                seen.add(each.use.span.start)
                yield Shared(each, first)


def _is_mistaken(first: Product, second: Product) -> bool:
    speaks_of_users = all(
        any(each.is_of_user for each in marked(product.name)) for product in (first, second)
    )
    if speaks_of_users:
        return True
    rest = first.takes[1:]
    return [first.gives.get(each) for each in rest] == [second.gives.get(each) for each in rest]


def _name(call: Call) -> str:
    if len(call.targets) != 1 or call.in_display or not call.targets[0]:
        return ""
    path = call.targets[0]
    return "" if {"()", "[]", "?"} & {*path} else path[-1]


def _given(method: FactoryMethod, call: Call) -> dict[str, Argument] | None:
    """What is passed, by the names of the parameters; None where some of it is unpacked."""
    if any(each.keyword in _SPLICED for each in call.arguments):
        return None
    positions = [each.name for each in method.parameters if each.kind in _POSITIONAL]
    given: dict[str, Argument] = {}
    position = 0
    for each in call.arguments:
        if each.keyword:
            given[each.keyword] = each
        elif position < len(positions):
            given[positions[position]] = each
            position += 1
    return given


def _text(use: FactoryUse, argument: Argument) -> str:
    start, end = argument.span
    return use.unit.data[use.unit.start + start : use.unit.start + end].decode("utf-8", "surrogatepass")
