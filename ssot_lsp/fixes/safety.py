"""Whether a factory's double behaves like the one that a test makes by hand, for all that can be told.

What is said is the first reason why not, in words that can stand behind a colon; no reason means that the test's
outcome stays. Nothing is taken for granted: what is not known is a reason.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.fixes.built import CLASSES, fresh_class
from ssot_lsp.index.factory import Product
from ssot_lsp.index.usage import Use, touches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lsp.definitions import Path
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.fixes.built import Construction
    from ssot_lsp.index.factory import FactoryMethod
    from ssot_lsp.index.usage import Uses

_AGGREGATES = frozenset({"mock_calls", "method_calls", "assert_has_calls", "reset_mock"})
# What tells a child that was set from one that would only be made when somebody asks for it.
_TELLS_CHILDREN = re.compile(rb"(?<![\w.])(dir|vars)\(|\b(seal|getmembers\w*)\(")
_TELLS_ANYWHERE = re.compile(_TELLS_CHILDREN.pattern + rb"|\.(__dict__|_mock_children)\b")
# What every text that this matches holds one of.
_TELLING = (b"dir(", b"vars(", b"seal(", b"getmembers", b".__dict__", b"._mock_children")
_TO_OTHERS = ("returned", "yielded", "a name of")
_STRING = re.compile(rb"""(["'])(?:(?!\1)[^\\\n])*\1""")


class Carried(NamedTuple):
    """A constructor argument at its new place: a keyword of the factory, or an assignment right behind the call.

    `is_literal`: its value is surely no double.
    """

    path: Path
    text: str
    keyword: str = ""
    is_literal: bool = False


class Swapped(NamedTuple):
    """A double that is to be swapped: its class, what becomes of its arguments, and what the test does with it."""

    cls: str
    uses: Uses
    carried: tuple[Carried, ...]
    removed: tuple[Use, ...]
    lost: tuple[str, ...]
    built: Construction | str
    """What the factory's method builds, or why that is not known."""


def why_unsafe(analysis: Snapshot, path: str, swapped: Swapped, method: FactoryMethod) -> str:
    """Why the test's outcome may change, empty where it surely does not."""
    for lost in swapped.lost:
        if lost != "name":
            return f"its `{lost}` is lost"
    if swapped.cls not in CLASSES:
        return f"a `{swapped.cls}` is not a plain double"
    if reason := _of_product(method) or _of_class(swapped, method):
        return reason
    built = swapped.built
    if isinstance(built, str):
        return f"`{method.name}` {built}"
    if built.root != swapped.cls:
        return f"the factory makes {_a(built.root)}, the test {_a(swapped.cls)}"
    if reason := _of_calls(analysis, path, built):
        return reason
    if swapped.uses.doubt:
        return swapped.uses.doubt
    return _of_name(swapped) or _of_arguments(swapped, built) or _of_paths(analysis, path, swapped, built)


def bare_children(uses: Uses, built: Construction, children: Sequence[tuple[Use, str]]) -> tuple[Use, ...]:
    """Of the bare children that a test sets, those that the factory sets alike, with nothing below them.

    `children` are uses that set a bare double, with its class.
    """
    sets = [each.path for each in uses.early]
    found = []
    for use, cls in children:
        item = built.item(use.path)
        below = [
            each.path
            for each in built.items
            if len(each.path) > len(use.path) and each.path[: len(use.path)] == use.path
        ]
        rest = [each for each in sets if each != use.path]
        if item is not None and item.double == cls and all(_is_covered(each, rest) for each in below):
            found.append(use)
    return tuple(found)


# --- the reasons


def _of_product(method: FactoryMethod) -> str:
    if Product.FROZEN in method.products:
        return "the factory's product is a frozen object"
    if Product.REAL in method.products:
        return "the factory's product is a real object"
    if Product.SPECCED in method.products:
        names = [each.rpartition(".")[2] for each in method.specs]
        return (
            f"the factory's double follows `{names[0]}`" if names else "the factory's double follows a spec"
        )
    if Product.SEALED in method.products:
        return "the factory's double is sealed"
    return ""


def _of_class(swapped: Swapped, method: FactoryMethod) -> str:
    """Why another class matters, by the calls that would be or not be awaited."""
    classes = {each.value for each in method.products}
    if len(classes) != 1 or classes == {swapped.cls}:
        return ""
    product = next(iter(classes))
    sets = [each.path for each in swapped.uses.early if each not in swapped.removed]
    not_awaited: Counter[Path] = Counter()
    awaited: Counter[Path] = Counter()
    for use in swapped.uses.uses:
        if (
            use.kind != "call"
            or _is_covered(use.path, sets)
            or any(part.startswith("__") for part in use.path)
        ):
            continue
        kind = method.kind_of(use.path) if use.path else ("async" if product == "AsyncMock" else "sync")
        if kind == "async" and not use.is_awaited:
            not_awaited[use.path] += 1
        elif kind == "sync" and use.is_awaited:
            awaited[use.path] += 1
    for found, said, is_async in (
        (not_awaited, "not awaited", "is async"),
        (awaited, "awaited", "is not async"),
    ):
        if found:
            path, count = max(found.items(), key=lambda each: each[1])
            name = _named(swapped.uses, path)
            calls = (
                f"{count} call{'s' if count > 1 else ''} of `{name}` {'are' if count > 1 else 'is'} {said}"
            )
            return f"{calls}, the factory's double {is_async}"
    return f"the factory makes {_a(product)}, the test {_a(swapped.cls)}"


def _of_calls(analysis: Snapshot, path: str, built: Construction) -> str:
    """What the factory calls may be patched, where the test's file names it in a string."""
    data = analysis.facts(path).source.data
    for module in sorted(built.calls):
        word = module.encode()
        if any(word in match.group() for match in _STRING.finditer(data)):
            return f"the factory calls `{module}`, which this file may patch"
    return ""


def _of_name(swapped: Swapped) -> str:
    if "name" not in swapped.lost:
        return ""
    use = next((each for each in swapped.uses.uses if each.kind == "handed on"), None)
    if use is None:
        return ""
    what = f"`{_named(swapped.uses, use.path)}`" if use.path else "it"
    return f"{what} is {use.way or 'used'}, and its `name` is lost"


def _of_arguments(swapped: Swapped, built: Construction) -> str:
    """An argument that the factory takes has to come to stand where it stood, unchanged."""
    for each in swapped.carried:
        if each.keyword:
            item = built.item(each.path)
            if item is None and built.takes_keywords:
                continue
            if item is None or not item.takes(each.keyword, each.text if each.is_literal else None):
                return f"the factory may change `{each.keyword}`"
        elif each.path[-1] == "return_value" and not each.is_literal and _tells_calls(swapped.uses):
            # The constructor does not attach it, an assignment does: its calls would be recorded.
            return f"`{each.text}` may be a double, whose calls would be recorded"
    return ""


def _of_paths(analysis: Snapshot, path: str, swapped: Swapped, built: Construction) -> str:
    """Whether anything that the factory sets, and the test does not, can be told."""
    kept = [each for each in swapped.uses.uses if each not in swapped.removed]
    # What is removed was a bare child, and the factory's is like it.
    sets = [each.path for each in (*kept, *swapped.removed) if each.is_early]
    sets += [each.path for each in swapped.carried]
    made = [Use(each.path, "set", 0, 0) for each in swapped.carried if not each.keyword]
    left = [each for each in built.items if not _is_covered(each.path, sets)]
    if left and (word := _teller(analysis, path, kept)):
        return f"this file uses `{word}`, which tells that the factory sets `{'.'.join(left[0].path)}`"
    for item in left:
        if _is_fresh(item.path, built):
            continue
        for use in (*made, *kept):
            if touches(use, item.path):
                return _told(use, item.path)
    return _of_receivers(analysis, path, kept, left[0].path) if left else ""


def _of_receivers(analysis: Snapshot, path: str, uses: Sequence[Use], left: Path) -> str:
    """Whether another file that gets the double tells children that were set; asked last, as it searches the workspace."""
    use = next((each for each in uses if not each.path and each.way.startswith(_TO_OTHERS)), None)
    if use is None:
        return ""
    root = analysis.config(path).root
    found = analysis.known_holders(root, _TELLING)
    if found is None:
        return f"it is {use.way}, and it is not known yet who gets it"
    folder, name = os.path.split(path)
    imported = re.compile(rb"\b" + re.escape(name.removesuffix(".py").encode()) + rb"\b")
    for other in sorted(found):
        is_below = name == "conftest.py" and other.startswith(folder + os.sep)
        data = analysis.data(other)
        match = _TELLS_ANYWHERE.search(data) if other != path else None
        if match is not None and (is_below or imported.search(data)):
            shown = os.path.relpath(other, root).replace(os.sep, "/")
            told = f"it is {use.way}, and `{shown}` uses `{match[match.lastindex or 0].decode()}`"
            return f"{told}, which tells that the factory sets `{'.'.join(left)}`"
    return ""


def _teller(analysis: Snapshot, path: str, uses: Sequence[Use]) -> str:
    """What in the file tells children that were set from others, if anything does."""
    for unit in analysis.facts(path).matching(_TELLS_CHILDREN):
        match = _TELLS_CHILDREN.search(unit.data, unit.start, unit.end)
        if match is None:
            continue
        word: bytes = match[1] or match[2]
        return word.decode()
    parts = (part for use in uses for part in use.path)
    return next((part for part in parts if part == "__dict__" or part.startswith("_mock_")), "")


def _told(use: Use, path: Path) -> str:
    shown = ".".join(path)
    if use.kind == "handed on" and not use.path:
        return f"it is {use.way or 'used'}, and the factory sets `{shown}`"
    return f"`{shown}` is set by the factory, the test reads it fresh"


def _is_covered(path: Path, sets: Sequence[Path]) -> bool:
    return any(path[: len(each)] == each for each in sets)


def _is_fresh(path: Path, built: Construction) -> bool:
    """Whether what the factory sets at a path is like the child that would be there anyway."""
    cls = built.root
    for length in range(1, len(path) + 1):
        expected = fresh_class(cls, path[length - 1])
        item = built.item(path[:length])
        if not expected or (item is not None and item.double != expected):
            return False
        cls = expected
    return True


def _tells_calls(uses: Uses) -> bool:
    return any(
        (each.kind == "handed on" and not each.path) or (each.kind == "record" and each.name in _AGGREGATES)
        for each in uses.uses
    )


def _named(uses: Uses, path: Path) -> str:
    return ".".join(filter(None, (uses.handle, *path)))


def _a(cls: str) -> str:
    return f"{'an' if cls[:1] in 'AEIO' else 'a'} `{cls}`"
