"""What is shown of the name or the finding at a place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lsp.files import UnreadableError
from ssot_lsp.ide.bases import base_at, base_page
from ssot_lsp.ide.factory_names import factory_name_at
from ssot_lsp.ide.factory_pages import (
    dotted,
    factory_page,
    further_keywords,
    method_page,
    parameter_facts,
    signature_block,
)
from ssot_lsp.ide.signature_help import keyword_at
from ssot_lsp.names import did_you_mean
from ssot_lsp.rules import by_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lsp.ide.factory_names import FactoryName
    from ssot_lsp.ide.place import World
    from ssot_lsp.ide.snapshot import Snapshot
    from ssot_lsp.index.factory import FactoryMethod
    from ssot_lsp.index.origins import Origin
    from ssot_lsp.text import Span

_RULER = "\n\n---\n\n"
_WHAT = {
    "async": "async: it has to be awaited",
    "sync": "sync: it is called without `await`",
    "value": "a value",
    "unknown": "",
}


@dataclass(frozen=True, slots=True)
class Hover:
    """What is shown, in Markdown, and what it is about, in code points."""

    span: Span
    markdown: str


def hover(snapshot: World, path: str, offset: int, inferred: Sequence[Origin] = ()) -> Hover | None:
    """What there is to say of a place: of the factory's name or the base class there, then of the finding there with its rule's page.

    `inferred` is what `factory_names.receiver_at` asks for.
    """
    parts: list[str] = []
    span: Span | None = None
    named = factory_name_at(snapshot, path, offset, inferred)
    if named is not None and (said := _of_name(snapshot, path, named)):
        parts.append(said)
        span = named.span
    if named is None and (argument := _argument(snapshot, path, offset)) is not None:
        parts.append(argument.markdown)
        span = argument.span
    base = base_at(snapshot, path, offset) if named is None and span is None else None
    if base is not None and (page := base_page(snapshot, path, base)):
        parts.append(page)
        span = base.span
    of_finding = finding_hover(snapshot, path, offset)
    if of_finding is not None:
        parts.append(of_finding.markdown)
        span = span or of_finding.span
    return Hover(span, _RULER.join(parts)) if span is not None else None


def _argument(snapshot: World, path: str, offset: int) -> Hover | None:
    """What the keyword of an argument at a place does, where it is one of a call of a factory's method."""
    found = keyword_at(snapshot, path, offset)
    if found is None:
        return None
    (_, _, factory, method), span = found
    name = snapshot.facts(path).source.text[slice(*span)]
    maker = f"{'' if factory.is_module else f'{factory.name}.'}{method.name}"
    parameter = method.parameter(name)
    if parameter is None or parameter.name != name:
        is_read = name in further_keywords(method)
        return Hover(span, f"`{name}` is read from the further keywords of `{maker}`") if is_read else None
    facts = parameter_facts(method, parameter, snapshot.config(path).isolation_parameters)
    lines = "\n".join(f"- {each}" for each in facts)
    said = (f"```python\n{parameter}\n```", f"A parameter of `{maker}`", lines)
    return Hover(span, "\n\n".join(filter(None, said)))


def finding_hover(snapshot: Snapshot, path: str, offset: int) -> Hover | None:
    """Why there is a finding at a place, and the page of its rule."""
    finding = snapshot.finding_at(path, offset)
    if finding is None:
        return None
    rule = by_name(finding.rule)
    page = rule.page.strip() if rule is not None else ""
    said = snapshot.explain_finding(path, finding).strip()
    return Hover(finding.span, _RULER.join(filter(None, (said, page))))


def _of_name(snapshot: Snapshot, path: str, named: FactoryName) -> str:
    factory, method = named.factory, named.method
    if named.role == "factory":
        return factory_page(factory, _place(snapshot, path, factory.path, factory.span))
    if method is None:
        return _unknown_method(named)
    isolation = snapshot.config(path).isolation_parameters
    page = method_page(factory, method, isolation, _place(snapshot, path, method.path, method.span))
    if named.role == "method":
        return page
    maker = f"{'' if factory.is_module else f'{factory.name}.'}{method.name}"
    if named.role == "double":
        return f"`{named.name}` comes from `{maker}`\n\n{page}"
    return _of_attribute(method, maker, named)


def _unknown_method(named: FactoryName) -> str:
    factory = named.factory
    if factory.has(named.name):
        return ""
    parts = [f"`{factory.name}` has no method `{named.name}`."]
    meant = did_you_mean(named.name, factory.methods)
    if meant:
        parts.append("Did you mean" + (" one of these?" if len(meant) > 1 else "?"))
        parts += [signature_block(factory, factory.methods[each]) for each in meant]
    return "\n\n".join(parts)


def _of_attribute(method: FactoryMethod, maker: str, named: FactoryName) -> str:
    """What a double has at an attribute path, as far as the factory says so."""
    taken = named.taken
    shown = dotted(taken)
    items = [each for each in (*method.surface, *method.inherited) if each.path == taken]
    if not items:
        return ""
    item = items[0]
    parts = [f"`.{shown}` of the double that `{maker}` makes", _WHAT[item.kind]]
    if item.value is not None:
        parts.append(f"`{' '.join(item.value.split())}`" + (" unless given" if item.parameter else ""))
    if item.parameter:
        parts.append(f"from the parameter `{item.parameter}`")
    below = [each for each in method.surface if each.path == (*taken, "return_value")]
    if below and below[0].value is not None:
        parts.append(f"a call gives `{' '.join(below[0].value.split())}`")
    return "\n\n".join((parts[0], "\n".join(f"- {each}" for each in parts[1:] if each)))


def _place(snapshot: Snapshot, asking: str, path: str, span: Span) -> str:
    """A place as people write it, `folder/file.py:12`, from the root of the configuration."""
    root = snapshot.config(asking).root.rstrip(os.sep) + os.sep
    shown = path.removeprefix(root).replace(os.sep, "/")
    try:
        return f"`{shown}:{snapshot.lines(path).line_of(span.start) + 1}`"
    except UnreadableError:
        return f"`{shown}`"
