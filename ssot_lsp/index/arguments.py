"""What the arguments of a factory call are bound to, and what of them cannot be bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssot_lsp.calls import Argument, Call
    from ssot_lsp.facts import Unit
    from ssot_lsp.index.factory import FactoryMethod, Parameter
    from ssot_lsp.index.factory_uses import FactoryUse

_Span = tuple[int, int]


class Problem(NamedTuple):
    """An argument that does not fit. `name` is that of the keyword or of the parameter, `span` is absolute, in bytes.

    `names` are all parameters that are missing; `limit` is how many arguments are taken by position.
    """

    kind: Literal["unknown", "unread", "surplus", "twice", "missing"]
    name: str
    span: _Span
    argument: Argument | None = None
    names: tuple[str, ...] = ()
    limit: int = 0


class Bound(NamedTuple):
    """The arguments that are given for each parameter, several for `*args`; `is_whole`: nothing is unpacked."""

    given: Mapping[str, tuple[Argument, ...]]
    is_whole: bool


def bound(use: FactoryUse, method: FactoryMethod, call: Call) -> Bound:
    """Which arguments are given for which parameter, as far as that is sure."""
    given: dict[str, tuple[Argument, ...]] = {}
    is_whole = not any(each.keyword in {"*", "**"} for each in call.arguments)
    places = [each for each in method.parameters if each.kind in {"positional", "positional-only"}]
    rest = next((each for each in method.parameters if each.kind == "args"), None)
    at: int | None = -(_shift(use, method) or 0)
    if _shift(use, method) is None:
        at = None
    for each in call.arguments:
        if each.keyword == "*":
            at = None
        elif each.keyword == "" and at is not None:
            if 0 <= at < len(places):
                given[places[at].name] = (each,)
            elif at >= len(places) and rest is not None:
                given[rest.name] = (*given.get(rest.name, ()), each)
            at += 1
        elif each.keyword not in {"", "**"} and method.parameter(each.keyword) is not None:
            given[each.keyword] = (*given.get(each.keyword, ()), each)
    return Bound(given, is_whole)


def problems(use: FactoryUse) -> Iterator[Problem]:
    """What of a call does not fit the method's signature; nothing where that is not known for sure."""
    call, method = use.call, use.method
    if call is None or method is None or not method.is_signature_known or _is_broken(use.unit, call):
        return
    parameters = method.parameters
    takes_any = any(each.kind == "kwargs" for each in parameters)
    seen: set[str] = set()
    for each in call.arguments:
        if each.keyword in {"", "*", "**"}:
            continue
        span = keyword_span(use.unit, each)
        if each.keyword in seen:
            yield Problem("twice", each.keyword, span, each)
        elif method.parameter(each.keyword) is None:
            if not takes_any:
                yield Problem("unknown", each.keyword, span, each)
            elif (
                not method.is_open
                and method.reads_keywords is not None
                and each.keyword not in method.reads_keywords
            ):
                yield Problem("unread", each.keyword, span, each)
        seen.add(each.keyword)
    yield from _by_place(use, method, call, seen)


def _by_place(use: FactoryUse, method: FactoryMethod, call: Call, keywords: set[str]) -> Iterator[Problem]:
    """What is wrong with arguments that are given by their place, and what is missing."""
    shift = _shift(use, method)
    places = [each for each in method.parameters if each.kind in {"positional", "positional-only"}]
    takes_rest = any(each.kind == "args" for each in method.parameters)
    before_star: list[Argument] = []
    has_star = False
    for each in call.arguments:
        has_star = has_star or each.keyword == "*"
        if each.keyword == "" and not has_star:
            before_star.append(each)
    given = before_star[shift or 0 :]
    if shift is not None:
        if len(given) > len(places) and not takes_rest:
            surplus = given[len(places)]
            span = (use.unit.start + surplus.span[0], use.unit.start + surplus.span[1])
            yield Problem("surplus", "", span, surplus, limit=len(places))
        for parameter, _ in zip(places, given, strict=False):
            if parameter.kind == "positional" and parameter.name in keywords:
                argument = next(each for each in call.arguments if each.keyword == parameter.name)
                yield Problem("twice", parameter.name, keyword_span(use.unit, argument), argument)
    if has_star or any(each.keyword == "**" for each in call.arguments):
        return
    missing = tuple(
        each.name
        for index, each in enumerate(method.parameters)
        if _is_required(each)
        and (each.name not in keywords or each.kind == "positional-only")
        and not (each in places and index < len(given))
    )
    if missing:
        start, end = (use.unit.start + each for each in use.reference.name)
        yield Problem("missing", missing[0], (start, end), names=missing)


def keyword_span(unit: Unit, argument: Argument) -> _Span:
    """The bytes of the keyword of an argument."""
    word = argument.keyword.encode("utf-8", "surrogatepass")
    start = unit.data.rfind(word, unit.start, unit.start + argument.span[0])
    return start, start + len(word)


def _shift(use: FactoryUse, method: FactoryMethod) -> int | None:
    """How many arguments stand before the parameters: the instance, where it is given by hand. None: unknown."""
    if method.is_static or method.is_class or use.factory.is_module:
        return 0
    if use.on_class is None:
        return None
    return int(use.on_class)


def _is_required(parameter: Parameter) -> bool:
    return parameter.default is None and parameter.kind not in {"args", "kwargs"}


def _is_broken(unit: Unit, call: Call) -> bool:
    """Whether the call is in the middle of being typed."""
    if not unit.node.has_error:
        return False
    start, end = unit.start + call.span[0], unit.start + call.span[1]
    for node in nodes_around(unit.node, start):
        if node.type == "call" and (node.start_byte, node.end_byte) == (start, end):
            return node.has_error
    return True
