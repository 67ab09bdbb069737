"""What the factories of a project offer, for people and for programs that write tests."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from ssot_lsp.index.factory import Product

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ssot_lsp.index.factory import Factory, FactoryMethod, SurfaceItem

    Uses = Mapping[tuple[str, str, str], int]  # path and name of a factory, name of a method

# A method with more attributes than this has the rest counted, not listed, in Markdown.
_MOST_ITEMS = 40


def render_json(factories: Sequence[Factory], uses: Uses, folder: str) -> Iterator[str]:
    """One JSON document; paths are relative to `folder` where they are below it, with `/`."""
    document = {"factories": [_factory(each, uses, folder) for each in factories]}
    yield json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def render_markdown(factories: Sequence[Factory], uses: Uses, folder: str) -> Iterator[str]:
    """A page per factory, a section per method."""
    for factory in factories:
        yield f"# {factory.name}\n\n"
        where = f"from {factory.module}" if factory.module else f"in {_shown(factory.path, folder)}"
        kind = "A module" if factory.is_module else "A class"
        alias = f", known as `{factory.known_as}`" if factory.known_as != factory.name else ""
        yield f"{kind} {where} ({_shown(factory.path, folder)}){alias}, {_counted(len(factory.methods), 'method')}.\n"
        for note in factory.notes:
            yield f"\n> {note}\n"
        if factory.has_unknown_methods:
            yield "\n> It may have more methods than can be read from its text.\n"
        for method in factory.methods.values():
            yield from _section(factory, method, uses.get((factory.path, factory.name, method.name), 0))
        yield "\n"


def _section(factory: Factory, method: FactoryMethod, count: int) -> Iterator[str]:
    yield f"\n## {method.name}\n\n"
    head = "" if factory.is_module else f"{factory.name}."
    yield f"```python\n{'await ' if method.is_async else ''}{head}{method.signature.removeprefix('async ')}\n```\n"
    if method.docstring:
        yield f"\n{method.docstring.splitlines()[0]}\n"
    yield f"\n- product: {product(method)}\n"
    for name, strings in method.literals.items():
        what = "each one of" if name in method.lists else "one of"
        yield f"- `{name}` is {what} {', '.join(f'`{each}`' for each in strings)}\n"
    unread = [each.name for each in method.parameters if not each.is_read and each.kind != "kwargs"]
    if unread:
        yield f"- takes {', '.join(f'`{each}`' for each in unread)} and does not use it\n"
    if method.reads_keywords:
        yield f"- further keywords: {', '.join(f'`{each}`' for each in method.reads_keywords)}\n"
    for item in method.surface[:_MOST_ITEMS]:
        yield f"- {described(item)}\n"
    if len(method.surface) > _MOST_ITEMS:
        yield f"- and {len(method.surface) - _MOST_ITEMS} more\n"
    yield f"- used {_counted(count, 'time')}\n"


def product(method: FactoryMethod) -> str:
    """What a method hands out, in words."""
    kinds = [each.value for each in Product if each in method.products]
    return ", ".join(kinds) + (f" ({', '.join(method.specs)})" if method.specs else "")


def described(item: SurfaceItem) -> str:
    """One attribute that a product has, in words: `send_json()` is async."""
    path = ".".join(item.path).replace(".return_value", "()")
    words = {"async": "async", "sync": "sync", "value": "", "unknown": "not known"}[item.kind]
    value = f"= `{' '.join(item.value.split())}`" if item.value is not None else ""
    origin = f"from `{item.parameter}`" if item.parameter else ""
    return " ".join(filter(None, (f"`.{path}`", words, value, origin)))


def _factory(factory: Factory, uses: Uses, folder: str) -> dict[str, Any]:
    return {
        "name": factory.name,
        "known_as": factory.known_as,
        "module": factory.module,
        "path": _shown(factory.path, folder),
        "is_module": factory.is_module,
        "has_unknown_methods": factory.has_unknown_methods,
        "notes": list(factory.notes),
        "methods": [
            _method(each, uses.get((factory.path, factory.name, each.name), 0))
            for each in factory.methods.values()
        ],
    }


def _method(method: FactoryMethod, count: int) -> dict[str, Any]:
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


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
