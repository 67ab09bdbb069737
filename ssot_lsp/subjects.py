"""What a test is about, and whether a double takes the place of a part of it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ssot_lsp.definitions import CLASS, Kind
from ssot_lsp.facts import self_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Path
    from ssot_lsp.facts import Unit
    from ssot_lsp.mocks import Mocks, Site

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_NAMES = frozenset({"()", "[]", "?"})
_LONGEST_OWNER = 2  # a name, or an attribute of the instance
_CLASS = re.compile(r"^(?:Test)?(.*?)(?:Tests?|TestCase)?$")


class Subjects:
    """The subjects of the tests of one file."""

    def __init__(self, mocks: Mocks) -> None:
        self._mocks = mocks
        self._names: dict[str, frozenset[str]] = {}

    def mocked(self, site: Site) -> tuple[str, str] | None:
        """The subject that a double becomes a part of, as it is written, and its class; None where it is none.

        The subject is built in this test, from the imported class that the test class or the file is called after.
        """
        mocks, unit, scope = self._mocks, site.unit, site.scope
        names = self._of(unit)
        if not names:
            return None
        for owner in _owners(site):
            for value_unit, (start, end) in _values(mocks, owner, unit, scope):
                written = value_unit.data[value_unit.start + start : value_unit.start + end]
                if not any(name.encode("utf-8", "surrogatepass") in written for name in names):
                    continue  # before the tree is asked
                path = value_unit.path((start, end))
                if len(path) < 2 or path[-1] != "()" or "()" in path[:-1]:
                    continue
                if path[-2] in names and _is_imported(mocks, path[:-1], value_unit, scope):
                    return ".".join(owner), path[-2]
        return None

    def _of(self, unit: Unit) -> frozenset[str]:
        """The names of the classes that the tests around `unit` are about, of those that the file may call."""
        owner = unit.container.name if unit.container.kind == CLASS else ""
        known = self._names.get(owner)
        if known is None:
            called = (each for each in _subjects(self._mocks, owner) if _may_be_called(unit.data, each))
            known = self._names[owner] = frozenset(called)
        return known


def _may_be_called(data: bytes, name: str) -> bool:
    word = name.encode("utf-8", "surrogatepass")
    return word + b"(" in data or word + b" " in data


def _owners(site: Site) -> Iterator[Path]:
    """What the double is set on."""
    for target in site.call.targets:
        if (
            1 < len(target) <= _LONGEST_OWNER + 1
            and target[-1] not in {"return_value", "side_effect"}
            and not _NO_NAMES.intersection(target)
        ):
            yield target[:-1]
    if site.name.endswith("patch.object"):
        first = next((each for each in site.call.arguments if not each.keyword), None)
        path = site.unit.path(first.span) if first is not None else ()
        if path and len(path) <= _LONGEST_OWNER and "()" not in path and "[]" not in path:
            yield path


def _values(mocks: Mocks, owner: Path, unit: Unit, scope: int) -> Iterator[tuple[Unit, tuple[int, int]]]:
    """The one value that a name or an attribute of the instance is bound to."""
    facts = mocks.facts
    found: list[tuple[Unit, tuple[int, int] | None]] = []
    if len(owner) == 1:
        bindings, _ = facts.lookup(owner[0], unit, scope)
        if any(each.kind is not Kind.ASSIGNMENT for _, _, each in bindings):
            return
        found = [(each_unit, each.value) for each_unit, _, each in bindings]
    elif len(owner) == 2 and owner[0] == self_name(unit, scope):
        container, _ = facts.class_of(unit, scope)
        if container is None:
            return
        paths = facts.self_paths(container, owner[1])
        found = [(each_unit, each.value) for each_unit, _, each in paths if len(each.path) == 2]
    if len(found) == 1 and found[0][1] is not None:
        yield found[0][0], found[0][1]


def _subjects(mocks: Mocks, owner: str) -> set[str]:
    """The names of the classes that the tests of the class `owner`, or of none, are about."""
    stem = os.path.splitext(os.path.basename(mocks.path))[0]
    words = stem.removeprefix("test_").removesuffix("_test")
    found = {
        binding.name
        for binding in mocks.facts.imports()
        if binding.name[:1].isupper() and _WORD.sub("_", binding.name).lower() == words
    }
    match = _CLASS.fullmatch(owner)
    found.add(match[1] if match is not None else "")
    return found - {""}


def _is_imported(mocks: Mocks, path: Path, unit: Unit, scope: int) -> bool:
    number = scope if scope < len(unit.scopes) else 0
    bindings, _ = mocks.facts.lookup(path[0], unit, number)
    return bool(bindings) and all(each.kind is Kind.IMPORT for _, _, each in bindings)
