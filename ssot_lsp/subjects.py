"""What a test is about, and whether a double takes the place of a part of it."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING

from ssot_lsp.definitions import CLASS, Kind
from ssot_lsp.facts import self_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
        self._path = mocks.path
        self._facts = mocks.facts
        self._names: dict[str, dict[str, bytes]] = {}
        self._built: dict[int, str] = {}  # by the byte of the call

    def mocked(self, site: Site) -> tuple[str, str] | None:
        """The subject that a double becomes a part of, as it is written, and its class; None where it is none.

        The subject is built in this test, from the imported class that the test class or the file is called after.
        """
        if site.subject is None:
            site.subject = self._find(site)
        return site.subject or None

    def _find(self, site: Site) -> tuple[()] | tuple[str, str]:
        container = site.unit.container
        names = self._of(container.name if container.kind == CLASS else "")
        for owner in _owners(site) if names else ():
            value = self._value(owner, site.unit, site.scope)
            name = self._class_built(*value, names.values()) if value is not None else ""
            if name in names:
                return ".".join(owner), name
        return ()

    def _of(self, owner: str) -> dict[str, bytes]:
        """The names of the classes that the tests of the class `owner`, or of none, are about, of those called here."""
        known = self._names.get(owner)
        if known is None:
            match = _CLASS.fullmatch(owner)
            about = {match[1] if match is not None else "", *self._of_file} - {""}
            words = {each: each.encode("utf-8", "surrogatepass") for each in about}
            data = self._facts.source.data
            known = self._names[owner] = {
                each: word for each, word in words.items() if word + b"(" in data or word + b" " in data
            }
        return known

    @cached_property
    def _of_file(self) -> frozenset[str]:
        """The names of the imported classes that the file is called after."""
        stem = os.path.splitext(os.path.basename(self._path))[0]
        words = stem.removeprefix("test_").removesuffix("_test")
        letters = words.replace("_", "")
        return frozenset(
            name
            for each in self._facts.imports()
            if (name := each.name)[:1].isupper()
            and name.replace("_", "").lower() == letters
            and _WORD.sub("_", name).lower() == words
        )

    def _value(self, owner: Path, unit: Unit, scope: int) -> tuple[Unit, tuple[int, int]] | None:
        """The one value that a name or an attribute of the instance is bound to."""
        facts = self._facts
        found: list[tuple[Unit, tuple[int, int] | None]] = []
        if len(owner) == 1:
            bindings, _ = facts.lookup(owner[0], unit, scope)
            if len(bindings) == 1 and bindings[0][2].kind is Kind.ASSIGNMENT:
                found = [(each_unit, each.value) for each_unit, _, each in bindings]
        elif len(owner) == 2 and owner[0] == self_name(unit, scope):
            container, _ = facts.class_of(unit, scope)
            if container is not None:
                paths = facts.self_paths(container, owner[1])
                found = [(each_unit, each.value) for each_unit, _, each in paths if len(each.path) == 2]
        if len(found) == 1 and (span := found[0][1]) is not None:
            return found[0][0], span
        return None

    def _class_built(self, unit: Unit, span: tuple[int, int], words: Iterable[bytes]) -> str:
        """The imported class that the expression at `span` of `unit` calls; empty where it calls none.

        Only asked of the tree where one of `words` is written there.
        """
        start = unit.start + span[0]
        if not any(unit.data.find(word, start, unit.start + span[1]) >= 0 for word in words):
            return ""
        known = self._built.get(start)
        if known is None:
            path = unit.path(span)
            is_call = len(path) > 1 and path.count("()") == 1 and path[-1] == "()"
            is_class = is_call and self._is_imported(path[0], unit, unit.scope_at(start))
            known = self._built[start] = path[-2] if is_class else ""
        return known

    def _is_imported(self, name: str, unit: Unit, scope: int) -> bool:
        bindings, _ = self._facts.lookup(name, unit, scope)
        return bool(bindings) and all(each.kind is Kind.IMPORT for _, _, each in bindings)


def _owners(site: Site) -> Iterator[Path]:
    """What the double is set on."""
    for target in site.call.targets:
        if (
            1 < len(target) <= _LONGEST_OWNER + 1
            and target[-1] not in {"return_value", "side_effect"}
            and _NO_NAMES.isdisjoint(target)
        ):
            yield target[:-1]
    if site.is_patch and site.name.endswith("patch.object"):
        first = next((each for each in site.call.arguments if not each.keyword), None)
        path = site.unit.path(first.span) if first is not None else ()
        if path and len(path) <= _LONGEST_OWNER and _NO_NAMES.isdisjoint(path):
            yield path
