"""What there is to say of a factory and its methods, in Markdown: for hovers, completions and `ssot-lsp factory`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.index.factory import Product

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ssot_lsp.index.factory import Factory, FactoryMethod, Parameter, SurfaceItem

MOST_ITEMS = 40
"""A method with more attributes than this has the rest counted, not listed."""

_WIDEST = 88  # a signature that is wider has a line for each parameter
_KINDS = {"async": "async", "sync": "sync", "value": "", "unknown": "not known"}


def method_page(factory: Factory, method: FactoryMethod, isolation: Collection[str], place: str = "") -> str:
    """All that is known of a method; `isolation` are the names of such parameters, `place` is where it stands."""
    parts = [signature_block(factory, method)]
    if method.docstring:
        parts.append(method.docstring)
    lines = [*method_facts(method, isolation)]
    if place:
        lines.append(f"- defined in {place}")
    parts.append("\n".join(lines))
    return "\n\n".join(parts)


def factory_page(factory: Factory, place: str) -> str:
    """A factory with a line for each method; `place` is where it stands."""
    kind = "A module" if factory.is_module else "A class"
    alias = f", known as `{factory.known_as}`" if factory.known_as not in {"", factory.name} else ""
    parts = [
        f"```python\n{'' if factory.is_module else 'class '}{factory.name}\n```",
        f"{kind} that hands out doubles ({place}){alias}, {counted(len(factory.methods), 'method')}.",
    ]
    shown = list(factory.methods.values())[:MOST_ITEMS]
    lines = [f"- `{each.signature}`" for each in shown]
    if len(factory.methods) > len(shown):
        lines.append(f"- and {len(factory.methods) - len(shown)} more")
    if lines:
        parts.append("\n".join(lines))
    parts += [f"> {note}" for note in factory.notes]
    if factory.has_unknown_methods:
        parts.append(f"> {OPEN}")
    return "\n\n".join(parts)


OPEN = "It may have more methods than can be read from its text."
"""What is said of a factory with `has_unknown_methods`."""


def signature_block(factory: Factory, method: FactoryMethod) -> str:
    """How a method is called, as a block of Python; a long signature has a line for each parameter."""
    head = "await " if method.is_async else ""
    head += "" if factory.is_module else f"{factory.name}."
    signature = method.signature.removeprefix("async ")
    if len(head) + len(signature) > _WIDEST and method.parameters and method.is_signature_known:
        listed = "".join(f"    {each},\n" for each in method.parameter_list)
        returns = f" -> {method.returns}" if method.returns else ""
        signature = f"{method.name}(\n{listed}){returns}"
    return f"```python\n{head}{signature}\n```"


def method_facts(method: FactoryMethod, isolation: Collection[str]) -> Iterator[str]:
    """What a method hands out and takes, as lines of a list."""
    yield f"- product: {product(method)}"
    isolating = [_isolating(each) for each in method.parameters if each.name in isolation]
    if isolating:
        yield f"- isolation: {', '.join(isolating)}"
    for name, strings in method.literals.items():
        what = "each one of" if name in method.lists else "one of"
        yield f"- `{name}` is {what} {_quoted(strings)}"
    unread = [each.name for each in method.parameters if not each.is_read and each.kind != "kwargs"]
    if unread:
        yield f"- takes {_quoted(unread)} and does not use {'it' if len(unread) == 1 else 'them'}"
    if further := further_keywords(method):
        yield f"- further keywords: {_quoted(further)}"
    for item in method.surface[:MOST_ITEMS]:
        yield f"- {described(item)}"
    if len(method.surface) > MOST_ITEMS:
        yield f"- and {len(method.surface) - MOST_ITEMS} more"


def parameter_facts(method: FactoryMethod, parameter: Parameter, isolation: Collection[str]) -> Iterator[str]:
    """What is known of a parameter besides its signature, in a few words each."""
    if parameter.name in isolation:
        default = parameter.value if parameter.value is not None else parameter.default
        yield "keeps users apart" + (f": `{default}` unless given" if default is not None else "")
    if parameter.name in method.literals:
        what = "each one of" if parameter.name in method.lists else "one of"
        yield f"{what} {_quoted(method.literals[parameter.name])}"
    if parameter.kind == "kwargs" and (further := further_keywords(method)):
        yield f"further keywords: {_quoted(further)}"
    paths = [f".{dotted(each.path)}" for each in method.surface if each.parameter == parameter.name]
    if paths:
        yield f"sets {_quoted(paths)}"
    elif not parameter.is_read and parameter.kind != "kwargs":
        yield "is not used"


def further_keywords(method: FactoryMethod) -> tuple[str, ...]:
    """The keywords that `**kwargs` is read for and that no other parameter takes."""
    return tuple(each for each in method.reads_keywords or () if method.parameter(each) is None)


def summary(method: FactoryMethod) -> str:
    """The first paragraph of the docstring, in one line."""
    return " ".join(method.docstring.partition("\n\n")[0].split())


def _isolating(parameter: Parameter) -> str:
    if parameter.default is None:
        return f"`{parameter.name}` (must be given)"
    default = parameter.value if parameter.value is not None else parameter.default
    return f"`{parameter.name}` (`{default}` unless given)"


def product(method: FactoryMethod) -> str:
    """What a method hands out, in words."""
    kinds = [each.value for each in Product if each in method.products]
    return ", ".join(kinds) + (f" ({', '.join(method.specs)})" if method.specs else "")


def described(item: SurfaceItem) -> str:
    """One attribute that a product has, in words: `send_json()` is async."""
    value = f"= `{' '.join(item.value.split())}`" if item.value is not None else ""
    origin = f"from `{item.parameter}`" if item.parameter else ""
    return " ".join(filter(None, (f"`.{dotted(item.path)}`", _KINDS[item.kind], value, origin)))


def dotted(path: Collection[str]) -> str:
    """An attribute path of a product as people write it: a call for each `return_value`."""
    return ".".join(path).replace(".return_value", "()")


def counted(count: int, noun: str) -> str:
    """A number with its noun: `1 method`, `2 methods`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _quoted(names: Collection[str]) -> str:
    return ", ".join(f"`{each}`" for each in names)
