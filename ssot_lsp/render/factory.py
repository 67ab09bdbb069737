"""What the factories of a project offer, for people and for programs that write tests."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from ssot_lsp.ide.factory_pages import OPEN, counted, method_facts, signature_block, summary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from ssot_lsp.index.factory import Factory, FactoryMethod

    Uses = Mapping[tuple[str, str, str], int]  # path and name of a factory, name of a method


def render_json(
    factories: Sequence[Factory], uses: Uses, folder: str, isolation: Collection[str]
) -> Iterator[str]:
    """One JSON document; paths are relative to `folder` where they are below it, with `/`.

    `isolation` are the names of parameters that keep users apart.
    """
    document = {"factories": [_factory(each, uses, folder, isolation) for each in factories]}
    yield json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def render_markdown(
    factories: Sequence[Factory], uses: Uses, folder: str, isolation: Collection[str]
) -> Iterator[str]:
    """A page per factory, a section per method."""
    for factory in factories:
        yield f"# {factory.name}\n\n"
        where = f"from {factory.module}" if factory.module else f"in {_shown(factory.path, folder)}"
        kind = "A module" if factory.is_module else "A class"
        alias = f", known as `{factory.known_as}`" if factory.known_as != factory.name else ""
        yield f"{kind} {where} ({_shown(factory.path, folder)}){alias}, {counted(len(factory.methods), 'method')}.\n"
        for note in factory.notes:
            yield f"\n> {note}\n"
        if factory.has_unknown_methods:
            yield f"\n> {OPEN}\n"
        for method in factory.methods.values():
            count = uses.get((factory.path, factory.name, method.name), 0)
            yield from _section(factory, method, count, isolation)
        yield "\n"


def _section(
    factory: Factory, method: FactoryMethod, count: int, isolation: Collection[str]
) -> Iterator[str]:
    yield f"\n## {method.name}\n\n{signature_block(factory, method)}\n"
    if method.docstring:
        yield f"\n{summary(method)}\n"
    yield "\n"
    for line in method_facts(method, isolation):
        yield f"{line}\n"
    yield f"- used {counted(count, 'time')}\n"


def _factory(factory: Factory, uses: Uses, folder: str, isolation: Collection[str]) -> dict[str, Any]:
    return {
        "name": factory.name,
        "known_as": factory.known_as,
        "module": factory.module,
        "path": _shown(factory.path, folder),
        "is_module": factory.is_module,
        "has_unknown_methods": factory.has_unknown_methods,
        "notes": list(factory.notes),
        "methods": [
            _method(each, uses.get((factory.path, factory.name, each.name), 0), isolation)
            for each in factory.methods.values()
        ],
    }


def _method(method: FactoryMethod, count: int, isolation: Collection[str]) -> dict[str, Any]:
    return {
        "name": method.name,
        "signature": method.signature,
        "is_signature_known": method.is_signature_known,
        "docstring": method.docstring,
        "is_static": method.is_static,
        "is_class": method.is_class,
        "is_async": method.is_async,
        "parameters": [
            {
                "name": each.name,
                "kind": each.kind,
                "annotation": each.annotation,
                "default": each.default,
                "is_read": each.is_read,
                "is_isolation": each.name in isolation,
            }
            for each in method.parameters
        ],
        "products": sorted(each.value for each in method.products),
        "specs": list(method.specs),
        "surface": [
            {"path": ".".join(each.path), "kind": each.kind, "value": each.value, "parameter": each.parameter}
            for each in method.surface
        ],
        "inherited": [{"path": ".".join(each.path), "kind": each.kind} for each in method.inherited],
        "literals": {name: list(strings) for name, strings in method.literals.items()},
        "lists": sorted(method.lists),
        "reads_keywords": None if method.reads_keywords is None else list(method.reads_keywords),
        "uses": count,
    }


def _shown(path: str, folder: str) -> str:
    below = folder.rstrip(os.sep) + os.sep
    return path.removeprefix(below).replace(os.sep, "/")
