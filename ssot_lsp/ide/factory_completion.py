"""Completions of a factory: its methods, the keywords and strings that they take, and the call that fits a name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.candidates import Wanted, candidates
from ssot_lsp.definitions import FUNCTION, Kind
from ssot_lsp.facts import self_name
from ssot_lsp.files import UnreadableError
from ssot_lsp.fixes import escaped
from ssot_lsp.ide.import_completion import bound_as, import_of
from ssot_lsp.ide.item import Completion, found_by
from ssot_lsp.index.fixtures import base_origins, class_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.candidates import Candidate
    from ssot_lsp.definitions import Path
    from ssot_lsp.facts import Container
    from ssot_lsp.ide.call_context import Call
    from ssot_lsp.ide.place import Place, Site
    from ssot_lsp.index.factory import Factory, FactoryMethod, Parameter
    from ssot_lsp.text import Edit

_WORD = re.compile(r"[A-Za-z_][\w.]*")
_EQUALS = re.compile(r"[ \t]*=(?!=)")
_PLAIN_KEY = re.compile(r"[^\"'\\\r\n$}]+")
_STRAIGHT = frozenset({"positional", "positional-only"})
_NAMED = frozenset({"positional", "keyword"})
# What people start to type where they should not: the call that fits is found by it.
_BY_HAND = ("Mock", "MagicMock", "AsyncMock")
_LOCAL = frozenset({Kind.ASSIGNMENT, Kind.IMPORT})
_DEEPEST = 4
_MOST_ATTRIBUTES = 60


class Reach(NamedTuple):
    """How a factory can be named at a place: the expression, and the import that it needs, if any."""

    text: str
    factory: Factory
    edits: tuple[Edit, ...] = ()


# --- 1: methods


def methods(site: Site, factory: Factory) -> Iterator[Completion]:
    """The methods of the factory of which an attribute is typed; what fits the name that it is assigned to is first."""
    fitting = _fitting(site, (factory,))
    best = {each.method.name: rank for rank, each in enumerate(fitting)}
    for order, method in enumerate(factory.methods.values()):
        if method.name.startswith("_") != site.typed.startswith("_"):
            continue
        rank = best.get(method.name, len(best) + order)
        yield _method(site, factory, method, rank, is_best=rank == 0 and bool(best))


def _method(site: Site, factory: Factory, method: FactoryMethod, rank: int, *, is_best: bool) -> Completion:
    text, snippet = ("", "") if site.is_called else _arguments(site, method)
    return Completion(
        method.name,
        "method",
        site.insert,
        site.context.word,
        method.name + text,
        rank,
        snippet=f"{escaped(method.name)}{snippet}" if snippet else "",
        detail=method.signature,
        parameters=_listed(method),
        found_by=found_by(method.name, site.typed),
        page=_page(factory, method),
        is_best=is_best,
    )


def _page(factory: Factory, method: FactoryMethod) -> tuple[str, ...]:
    return ("method", factory.path, factory.name, method.name)


def _listed(method: FactoryMethod) -> str:
    """The parameters by their names alone, to stand behind the method's."""
    if not method.is_signature_known:
        return "(…)"
    stars = {"args": "*", "kwargs": "**"}
    return f"({', '.join(stars.get(each.kind, '') + each.name for each in method.parameters)})"


def _arguments(site: Site, method: FactoryMethod) -> tuple[str, str]:
    """What to write behind the name of a method, plainly and with tab stops.

    Isolation parameters get the identity that is in scope, else an identity of their own; what must be given is left
    to be filled in. Plainly there is nothing that would have to be filled in.
    """
    if not method.is_signature_known:
        return "()", "($0)"
    plain: list[str] = []
    stops: list[str] = []
    by_keyword = False
    number = 0
    for each in method.parameters:
        is_isolation = each.name in site.isolation and each.kind in {
            "positional",
            "positional-only",
            "keyword",
        }
        value = site.identities.get(each.name) if is_isolation else None
        if not is_isolation and (each.default is not None or each.kind in {"args", "kwargs"}):
            continue
        name = f"{each.name}=" if each.kind != "positional-only" else ""
        if value is not None:
            plain.append(f"{name}{value}")
            stops.append(escaped(f"{name}{value}"))
            by_keyword = by_keyword or bool(name)
            continue
        number += 1
        if is_isolation:
            own = f'"{_own_identity(site, method, each)}"'
            stops.append(f"{name}${{{number}:{escaped(own)}}}")
            by_keyword = by_keyword or bool(name)
        else:
            head = name if by_keyword or each.kind == "keyword" else ""
            stops.append(f"{head}{_gap(method, each, number)}")
            by_keyword = by_keyword or bool(head)
    takes_any = bool(method.parameters)
    inside = ", ".join(stops) or ("$0" if takes_any else "")
    return f"({', '.join(plain)})", f"({inside})" + ("" if inside == "$0" else "$0")


def _own_identity(site: Site, method: FactoryMethod, parameter: Parameter) -> str:
    """An identity that no other double of this method has in this function: `user-1`."""
    place = site.place
    unit = place.unit
    called = re.compile(rb"\.\s*" + re.escape(method.name.encode()) + rb"\s*\(")
    before = place.facts.source.byte(min(place.offset, len(place.facts.source.text)))
    count = len(called.findall(unit.data, unit.start, min(before, unit.end)))
    return f"{parameter.name.removesuffix('_id').replace('_', '-')}-{count + 1}"


def _gap(method: FactoryMethod, parameter: Parameter, number: int) -> str:
    """A tab stop for an argument that must be given."""
    if method.literals.get(parameter.name) or method.mentioned.get(parameter.name):
        return f'["${number}"]' if parameter.name in method.lists else f'"${number}"'
    return f"${{{number}:{escaped(parameter.name)}}}"


# --- 2: keywords


def keywords(site: Site, method: FactoryMethod, call: Call) -> Iterator[Completion]:
    """The keywords that a call can still be given, isolation parameters first."""
    if not method.is_signature_known or not call.is_start or call.in_list or call.keyword:
        return
    open_ones = _open_parameters(method, call)
    order = {name: number for number, name in enumerate(site.isolation)}
    named = sorted(
        (each for each in open_ones if each.kind in _NAMED),
        key=lambda each: order.get(each.name, len(order)),
    )
    rank = 0
    for each in named:
        yield _keyword(site, each.name, str(each), rank, _value_of(method, each))
        rank += 1
    known = {each.name for each in method.parameters}
    for name in method.reads_keywords or ():
        if name not in known and name not in call.given:
            yield _keyword(site, name, "read from the further keywords", rank, None)
            rank += 1


def _open_parameters(method: FactoryMethod, call: Call) -> list[Parameter]:
    """The parameters that are not given yet."""
    filled = call.positional if call.positional is not None else 0
    straight = [each for each in method.parameters if each.kind in _STRAIGHT]
    taken = {each.name for each in straight[:filled]} | call.given
    return [each for each in method.parameters if each.name not in taken]


def _value_of(method: FactoryMethod, parameter: Parameter) -> str | None:
    """What to write as the value of a keyword, as a snippet."""
    if method.literals.get(parameter.name) or method.mentioned.get(parameter.name):
        return _gap(method, parameter, 1)
    return None


def _keyword(site: Site, name: str, detail: str, rank: int, snippet: str | None) -> Completion:
    has_value = _EQUALS.match(site.text, site.context.word.end) is not None
    value = "" if has_value else site.identities.get(name, "")
    text = name if has_value else f"{name}={value}"
    return Completion(
        text if value else f"{name}=",
        "keyword",
        site.insert,
        site.context.word,
        text,
        rank,
        snippet=f"{escaped(name)}={snippet}" if snippet and not has_value and not value else "",
        detail=detail,
        found_by=name,
    )


# --- 3: strings


def strings(site: Site, method: FactoryMethod, call: Call) -> Iterator[Completion]:
    """The strings that an argument can be, in the place of what stands between its quotation marks."""
    context = site.context
    prefix = site.text[context.start : context.word.start].rstrip("\"'")
    name = _argument(method, call)
    if not name or (name in method.lists) != call.in_list or set(prefix.lower()) & {"b", "f", "t"}:
        return
    typed = site.text[context.word.start : context.cursor]
    own = site.text[slice(*context.word)] if context.is_closed else typed
    for rank, each in enumerate(_keys(method, name)):
        if each not in call.strings or each == own:
            yield Completion(
                each,
                "value",
                site.insert,
                context.word,
                each,
                rank,
                detail=f"{method.name}({name})",
                found_by=found_by(each, typed),
            )


def quoted(site: Site, method: FactoryMethod, call: Call) -> Iterator[Completion]:
    """The strings that an argument can be where no quotation mark has been typed yet."""
    name = _argument(method, call)
    if not name or name in method.lists or not call.is_start or call.in_list:
        return
    for rank, each in enumerate(_keys(method, name)):
        text = f'"{each}"'
        yield Completion(
            text,
            "value",
            site.insert,
            site.context.word,
            text,
            rank,
            detail=f"{method.name}({name})",
            found_by=found_by(each, site.typed),
        )


def _argument(method: FactoryMethod, call: Call) -> str:
    """The name of the parameter that the cursor's argument is for; empty where that is not known."""
    if call.keyword:
        return call.keyword if method.parameter(call.keyword) is not None else ""
    straight = [each for each in method.parameters if each.kind in _STRAIGHT]
    if call.positional is None or call.positional >= len(straight):
        return ""
    return straight[call.positional].name


def _keys(method: FactoryMethod, name: str) -> list[str]:
    keys = (*method.literals.get(name, ()), *method.mentioned.get(name, ()))
    return [each for each in dict.fromkeys(keys) if _PLAIN_KEY.fullmatch(each)]


# --- 5: calls


def calls(site: Site) -> Iterator[Completion]:
    """The factory calls that fit the name on the left, the best one first."""
    place = site.place
    factories = place.world.factories_of(place.path).all()
    reached = {(each.factory.path, each.factory.name): each for each in reversed(list(_reachable(place)))}
    known = {
        (each.path, each.name): each for each in (*(each.factory for each in reached.values()), *factories)
    }
    seen: set[str] = set()
    rank = 0
    for candidate in _fitting(site, tuple(known.values())):
        factory, method = candidate.factory, candidate.method
        if method.name in seen:
            continue  # the same by another definition of the factory, which is less likely
        reach = reached.get((factory.path, factory.name)) or _imported(site, factory, method)
        if reach is None:
            continue
        seen.add(method.name)
        head = f"{reach.text}.{method.name}" if reach.text else method.name
        text, snippet = ("", "") if site.is_called else _arguments(site, method)
        yield Completion(
            head,
            "method",
            site.insert,
            site.context.word,
            head + text,
            rank,
            snippet=f"{escaped(head)}{snippet}" if snippet else "",
            detail=method.signature,
            parameters=_listed(method),
            found_by=found_by(method.name, site.typed, head, *_BY_HAND),
            edits=reach.edits,
            page=_page(factory, method),
            is_best=rank == 0,
        )
        rank += 1


def _fitting(site: Site, factories: tuple[Factory, ...]) -> tuple[Candidate, ...]:
    """The methods that fit what the expression is assigned to."""
    context, place = site.context, site.place
    if not context.target:
        return ()
    name = context.target[-1]
    classes = [each for each in _WORD.findall(context.annotation) if each.rpartition(".")[2][:1].isupper()]
    wanted = Wanted((name,), tuple(classes), frozenset(_used(site)))
    return candidates(factories, wanted, place.world.config(place.path).factory_map)


def _used(site: Site) -> set[str]:
    """The attributes that are taken of what is assigned to, further down in the same function."""
    context, place = site.context, site.place
    unit = place.unit
    pattern = (
        rb"(?<![\w.])"
        + rb"\s*\.\s*".join(re.escape(each.encode()) for each in context.target)
        + rb"\s*\.\s*(\w+)"
    )
    return {
        each.decode("utf-8", "surrogatepass")
        for each in re.findall(pattern, unit.data[unit.start : unit.end])
    }


def _imported(site: Site, factory: Factory, method: FactoryMethod) -> Reach | None:
    """A factory that is not there yet, with its import; of a module of functions the function alone."""
    module, _, short = factory.known_as.rpartition(".")
    name = method.name if factory.is_module else short if module else factory.name
    if factory.is_module:
        module = factory.known_as or factory.module
    if bound_as(site.place, name) is not None:
        return None
    found = import_of(site, name, module, factory.path)
    if found is None:
        return None
    return Reach("" if factory.is_module else name, factory, (found.edit,))


# --- what is in sight


def _reachable(place: Place) -> Iterator[Reach]:
    """The factories that have a name at a place, the best name first: of `self`, a parameter or local, the module."""
    for path in _names(place):
        found = place.factory(path)
        if found is not None and not found[1]:
            yield Reach(".".join(path), found[0])


def _names(place: Place) -> Iterator[Path]:
    """The names that may be those of a factory at a place."""
    unit, facts = place.unit, place.facts
    me = self_name(unit, place.scope)
    container, _ = facts.class_of(unit, place.scope)
    if me and container is not None:
        for count, name in enumerate(_attributes(place, place.path, container, 0)):
            if count < _MOST_ATTRIBUTES:
                yield me, name
    number = place.scope
    byte = facts.source.byte(min(place.offset, len(facts.source.text))) - unit.start
    while number > 0:
        scope = unit.scopes[number]
        if scope.kind == FUNCTION:
            for name, bindings in scope.names.items():
                if any(
                    each.kind is Kind.PARAMETER or (each.kind in _LOCAL and each.at < byte)
                    for each in bindings
                ):
                    yield (name,)
        number = scope.parent
    short = {each.rpartition(".")[2] for each in place.world.config(place.path).factory}
    for name, bound in facts.module.names.items():
        for _, binding in bound:
            target = binding.target
            is_named = target is not None and (
                target.name in short or target.module.rpartition(".")[2] in short
            )
            if (is_named or (binding.alias and binding.alias[-1] in short)) and bound_as(
                place, name
            ) == "value":
                yield (name,)
                break


def _attributes(place: Place, path: str, container: Container, depth: int) -> Iterator[str]:
    """The attributes that methods of a class of the file at `path` and of its bases set."""
    for unit in container.units:
        yield from unit.self_paths()
    for name, bound in container.names.items():
        if any(each.kind is Kind.ASSIGNMENT for _, each in bound):
            yield name
    if depth == _DEEPEST:
        return
    try:
        bases = base_origins(container, place.world.facts(path), place.world.origins(path))
        for base in bases:
            inner = class_named(place.world.facts(base.path), base.name) if base.path else None
            if inner is not None and inner is not container:
                yield from _attributes(place, base.path, inner, depth + 1)
    except UnreadableError:
        return
