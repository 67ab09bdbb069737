"""The signature of the factory method whose brackets the cursor stands in, and the parameter that is being given."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.files import UnreadableError
from ssot_lsp.ide.call_context import context_at
from ssot_lsp.ide.factory_pages import parameter_facts, product, summary
from ssot_lsp.ide.place import mended_place, place_at
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp.ide.call_context import Call, Context
    from ssot_lsp.ide.place import World
    from ssot_lsp.index.factory import Factory, FactoryMethod, Parameter
    from ssot_lsp.index.origins import Origin

_EQUALS = re.compile(r"[ \t]*=(?!=)")
_BY_PLACE = frozenset({"positional", "positional-only"})
_BY_NAME = frozenset({"positional", "keyword"})


class ParameterLabel(NamedTuple):
    """A parameter: where it stands in the label of its signature, in code points, and what is known of it."""

    span: Span
    documentation: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature with its documentation in Markdown; `active` is the index of the parameter that is being given."""

    label: str
    documentation: str
    parameters: tuple[ParameterLabel, ...]
    active: int | None


class Called(NamedTuple):
    """A call of a factory's method around a cursor."""

    context: Context
    call: Call
    factory: Factory
    method: FactoryMethod


def signature_help(world: World, path: str, offset: int, inferred: Sequence[Origin] = ()) -> Signature | None:
    """The signature for the innermost call around `offset`; None where that is no call of a factory's method.

    `inferred` is what `called_receiver` asks for.
    """
    called = called_at(world, path, offset, inferred)
    if called is None:
        return None
    method, isolation = called.method, world.config(path).isolation_parameters
    label, spans = _label(method)
    parameters = method.parameters if method.is_signature_known else ()
    documented = [" · ".join(parameter_facts(method, each, isolation)) for each in parameters]
    return Signature(
        label,
        "\n\n".join(filter(None, (summary(method), f"Product: {product(method)}"))),
        tuple(map(ParameterLabel, spans, documented)),
        _active(parameters, _with_own_keyword(world.facts(path).source.text, called)) if parameters else None,
    )


def called_at(world: World, path: str, offset: int, inferred: Sequence[Origin] = ()) -> Called | None:
    """The innermost call around `offset`, if it is one of a method of a factory."""
    try:
        context = context_at(world.facts(path).source.text, offset)
        call = context.call
        if call is None:
            return None
        factory = _factory(world, path, context, call, inferred)
    except UnreadableError:
        return None
    method = factory.methods.get(call.path[-1]) if factory is not None else None
    return Called(context, call, factory, method) if factory is not None and method is not None else None


def keyword_at(world: World, path: str, offset: int) -> tuple[Called, Span] | None:
    """The call of a factory's method of which the keyword of an argument stands at `offset`, and the keyword's span."""
    called = called_at(world, path, offset)
    if called is None or called.context.kind != "name":
        return None
    text, word = world.facts(path).source.text, called.context.word
    is_keyword = (
        called.call.is_start and bool(text[slice(*word)]) and _EQUALS.match(text, word.end) is not None
    )
    return (called, word) if is_keyword else None


def called_receiver(world: World, path: str, offset: int) -> Span | None:
    """What the method of a factory seems to be called of around `offset`, where that is not known."""
    try:
        text = world.facts(path).source.text
        context = context_at(text, offset)
        call = context.call
        if call is None or len(call.path) < 2 or _factory(world, path, context, call, ()) is not None:
            return None
        if not any(call.path[-1] in each.methods for each in world.factories_of(path).all()):
            return None
    except UnreadableError:
        return None
    dot = text.rfind(".", call.callee.start, call.callee.end)
    return Span(call.callee.start, dot) if dot > call.callee.start else None


def _factory(
    world: World, path: str, context: Context, call: Call, inferred: Sequence[Origin]
) -> Factory | None:
    """The factory that the last name of what is called is a method of."""
    for look in (place_at(world, path, context.statement), mended_place(world, path, context)):
        found = look.factory(call.path) if look is not None else None
        if found is not None:
            return found[0] if found[1] == call.path[-1:] else None
    places = {(each.path, each.name) for each in inferred}
    return next((each for each in world.factories_of(path).all() if (each.path, each.name) in places), None)


def _label(method: FactoryMethod) -> tuple[str, list[Span]]:
    """The signature in one line, and where its parameters stand in it."""
    label = method.signature
    spans: list[Span] = []
    at = label.index("(") + 1
    written = [each for each in method.parameter_list if each not in {"/", "*"}]
    for each in written if method.is_signature_known else ():
        start = label.index(each, at)
        spans.append(Span(start, start + len(each)))
        at = start + len(each)
    return label, spans


def _with_own_keyword(text: str, called: Called) -> Call:
    """The call with the keyword that the cursor stands in or before as that of its own argument."""
    call, word = called.call, called.context.word
    name = text[word.start : word.end]
    if call.keyword or not call.is_start or not name or _EQUALS.match(text, word.end) is None:
        return call
    return replace(call, keyword=name, given=call.given - {name})


def _active(parameters: Sequence[Parameter], call: Call) -> int | None:
    """Which parameter the cursor's argument is for; None where it is for none, or nobody knows."""
    return next(_fitting(parameters, call), None)


def _fitting(parameters: Sequence[Parameter], call: Call) -> Iterator[int]:
    numbered = list(enumerate(parameters))
    if call.keyword:
        yield from (index for index, each in numbered if each.name == call.keyword and each.kind in _BY_NAME)
        yield from (index for index, each in numbered if each.kind == "kwargs")
        return
    by_place = [(index, each) for index, each in numbered if each.kind in _BY_PLACE]
    if call.positional is None:  # behind `*things`, of which nobody knows how many they are
        yield from (index for index, each in numbered if each.kind == "args")
        return
    if call.positional < len(by_place):
        index, parameter = by_place[call.positional]
        if parameter.name not in call.given:
            yield index
    else:
        yield from (index for index, each in numbered if each.kind == "args")
    # The next one that is not given yet: it will be by its name.
    yield from (
        index
        for index, each in numbered
        if each.kind in _BY_NAME
        and each.name not in call.given
        and (each.kind == "keyword" or (index, each) in by_place[call.positional :])
    )
    yield from (index for index, each in numbered if each.kind == "kwargs")
