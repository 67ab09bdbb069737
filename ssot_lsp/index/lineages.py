"""What a class derives from, and the order in which Python looks through that.

Nothing is guessed: what cannot be known is `Unknown`, with its cause; where a base may be one of several classes, there
may be several orders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.index.libraries import GENERIC, OBJECT, PROTOCOL, library_bases
from ssot_lsp.index.shapes import ClassKey
from ssot_lsp.index.things import Module, Mro, Unknown, Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssot_lsp.definitions import Path
    from ssot_lsp.index.resolution import Names
    from ssot_lsp.index.shapes import ClassInfo
    from ssot_lsp.index.things import Memory, Thing, Touched

_MOST_ORDERS = 4  # where bases may be one of several classes
_MOST_CLASSES = 5_000  # in one order

# What is known to leave the order of a class alone, and to run what the class defines; a `*` stands for all below.
_HARMLESS_DECORATORS = (
    *("unittest.skip", "unittest.skipIf", "unittest.skipUnless", "unittest.expectedFailure"),
    *("unittest.mock.patch*", "mock.patch*", "pytest.mark.*", "typing.final", "typing_extensions.final"),
    *("typing.runtime_checkable", "functools.total_ordering", "enum.unique"),
)
_KEEPS_ORDER = (
    *("dataclasses.dataclass", "attr.*", "attrs.*", "ddt.ddt", "six.add_metaclass", "testtools.*"),
    *("django.test.override_settings", "django.test.utils.override_settings", "django.test.tag"),
    *("django.test.modify_settings", "django.test.utils.modify_settings", "django.test.utils.tag"),
    *("freezegun.freeze_time", "freezegun.api.freeze_time", "zope.interface.*", "typing.*"),
    *(
        "typing_extensions.*",
        "time_machine.travel",
        "responses.activate",
        "parameterized.parameterized_class",
    ),
)
_PLAIN_METACLASSES = frozenset({"abc.ABCMeta", "type", "builtins.type"})
_METACLASS_POWERS = ("mro", "__new__", "__prepare__")


class Lineages:
    """What the classes of one moment of a workspace derive from."""

    def __init__(self, names: Names, memory: Memory) -> None:
        self._names = names
        self._memory = memory

    def orders(self, key: ClassKey) -> tuple[Mro, ...]:
        """The orders in which Python may look through a class: one, as a rule."""
        known = self._memory.orders.get(key)
        if known is None:
            self._find_orders(key)
            known = self._memory.orders[key]
        return known

    def bases(self, key: ClassKey) -> tuple[tuple[Thing, ...], ...]:
        """For each entry of a class header what it may be."""
        return self._bases(key)[0]

    def touched(self, keys: Iterable[ClassKey]) -> frozenset[Touched]:
        """The names of files that the orders of these classes come from."""
        pending = list(keys)
        seen = set(pending)
        found: set[Touched] = set()
        while pending:
            key = pending.pop()
            if not key.path:
                continue
            bases, touched = self._bases(key)
            found |= touched
            for each in (thing for options in bases for thing in options):
                if isinstance(each, ClassKey) and each not in seen:
                    seen.add(each)
                    pending.append(each)
        return frozenset(found)

    def is_plain_decorator(self, info: ClassInfo, names: Path) -> bool:
        """Whether a class decorator is known to leave alone what the class is and what it runs."""
        return _matches(
            self._names.dotted(info.path, names, info.start, self._names.owner(info)), _HARMLESS_DECORATORS
        )

    # --- bases

    def _bases(self, key: ClassKey) -> tuple[tuple[tuple[Thing, ...], ...], frozenset[Touched]]:
        known = self._memory.bases.get(key)
        if known is None:
            trail: set[Touched] = {(key.path, key.name.partition(".")[0])} if key.path else set()
            found = tuple(self._find_bases(key, trail))
            known = self._memory.bases[key] = found, frozenset(trail)
            paths = {path for path, _ in trail}
            self._memory.paths |= paths
            self._memory.used |= paths - {key.path}
        return known

    def _find_bases(self, key: ClassKey, trail: set[Touched]) -> Iterator[tuple[Thing, ...]]:
        if not key.path:
            for name in library_bases(key.name):
                yield (ClassKey("", name),)
            return
        info = self._names.info(key)
        if info is None:
            yield (Unknown(f"`{key.name}` is no longer there"),)
            return
        owner = self._names.owner(info)
        generics = [
            self._names.lookup(info.path, each.path, info.start, owner, Way(trail, 0)) if each.path else ()
            for each in info.bases
        ]
        has_protocol = any(ClassKey("", PROTOCOL) in each for each in generics)
        for index, each in enumerate(info.bases):
            found = generics[index]
            if not found:
                yield (Unknown(f"the base `{_short(each.text)}` is an expression"),)
            elif each.is_subscripted and found == (ClassKey("", GENERIC),):
                later = any(other.is_subscripted for other in info.bases[index + 1 :])
                if not has_protocol and not later:
                    yield found
            elif each.is_subscripted and self._subscribes_itself(found):
                yield (Unknown(f"`{_short(each.text)}` is what its `__class_getitem__` makes of it"),)
            else:
                yield tuple(map(_as_base, found))
        if any(name == "[]" for name, _ in info.keywords):
            yield (ClassKey("", GENERIC),)
        if (doubt := self._doubt(info, owner, trail)) is not None:
            yield (doubt,)

    def _subscribes_itself(self, things: Iterable[Thing]) -> bool:
        infos = (self._names.info(each) for each in things if isinstance(each, ClassKey))
        return any(each is not None and each.defines("__class_getitem__") for each in infos)

    def _doubt(self, info: ClassInfo, owner: ClassInfo | None, trail: set[Touched]) -> Unknown | None:
        """What makes a class something else than its header says."""
        if info.has_error:
            return Unknown(f"the header of `{info.name}` is not complete")
        for names in info.decorators:
            trail.update((info.path, each) for each in names[:1])
            dotted = self._names.dotted(info.path, names, info.start, owner) if names else ""
            if not _matches(dotted, (*_HARMLESS_DECORATORS, *_KEEPS_ORDER)):
                what = ".".join(names) or "an expression"
                return Unknown(f"the decorator `{what}` may make something else of `{info.name}`")
        for name, path in info.keywords:
            if name == "**":
                return Unknown(f"`{info.name}` is made with `**` in its header")
            if name == "metaclass" and not self._is_plain_metaclass(info, path, owner, trail):
                return Unknown(f"the metaclass `{'.'.join(path) or 'an expression'}` may make something else")
        return None

    def _is_plain_metaclass(
        self, info: ClassInfo, path: Path, owner: ClassInfo | None, trail: set[Touched]
    ) -> bool:
        if self._names.dotted(info.path, path, info.start, owner) in _PLAIN_METACLASSES:
            return True
        for thing in (
            self._names.lookup(info.path, path, info.start, owner, Way(trail, 0)) if path else (Unknown(""),)
        ):
            if not isinstance(thing, ClassKey) or not self._has_no_powers(thing, Way(trail, 0)):
                return False
        return True

    def _has_no_powers(self, key: ClassKey, way: Way) -> bool:
        if not key.path:
            return key.name in {"builtins.type", OBJECT}
        info = self._names.info(key)
        if info is None or way.is_too_long or any(map(info.defines, _METACLASS_POWERS)):
            return False
        way.trail.add((key.path, key.name.partition(".")[0]))
        for each in info.bases:
            if self._names.dotted(info.path, each.path, info.start) in _PLAIN_METACLASSES:
                continue
            for thing in self._names.lookup(info.path, each.path, info.start, self._names.owner(info), way):
                if not isinstance(thing, ClassKey) or not self._has_no_powers(thing, way.deeper()):
                    return False
        return True

    # --- orders

    def _find_orders(self, key: ClassKey) -> None:
        """Fill in the orders of a class and of all above it, without recursion: chains may be thousands long."""
        orders = self._memory.orders
        pending = [(key, False)]
        around: set[ClassKey] = set()
        while pending:
            each, is_ready = pending.pop()
            if is_ready:
                around.discard(each)
                if each not in orders:
                    orders[each] = tuple(self._merged(each))
                continue
            if each in orders or each in around:
                continue
            around.add(each)
            pending.append((each, True))
            for thing in (thing for options in self.bases(each) for thing in options):
                if not isinstance(thing, ClassKey) or thing in orders:
                    continue
                if thing in around:
                    orders[each] = (Mro((each,), f"`{thing.name}` inherits from itself"),)
                else:
                    pending.append((thing, False))

    def _merged(self, key: ClassKey) -> Iterator[Mro]:
        chosen: list[list[Mro]] = [[]]
        for options in self.bases(key):
            found: list[Mro] = []
            for thing in options:
                if isinstance(thing, ClassKey):
                    inherits_itself = (Mro((thing,), f"`{thing.name}` inherits from itself"),)
                    found += self._memory.orders.get(thing, inherits_itself)
                elif isinstance(thing, Unknown):
                    found.append(Mro((), thing.cause))
                else:
                    found.append(Mro((), f"the base is the module `{thing.name}`"))
            chosen = [[*each, one] for each in chosen for one in dict.fromkeys(found)]
            if len(chosen) > _MOST_ORDERS:
                yield Mro((key,), f"the bases of `{key.name}` may be any of many classes")
                return
        yield from dict.fromkeys(self._order(key, each) for each in chosen)

    def _order(self, key: ClassKey, above: Sequence[Mro]) -> Mro:
        unknown = next((each for each in above if not each.is_known), None)
        if unknown is not None:
            reached = dict.fromkeys(one for each in above for one in each.classes)
            return Mro((key, *reached)[:_MOST_CLASSES], unknown.unknown, unknown.is_impossible)
        if not above:
            end = () if key == ClassKey("", OBJECT) else (ClassKey("", OBJECT),)
            return Mro((key, *end))
        if len(above) == 1:
            whole = above[0].classes
            if len(whole) > _MOST_CLASSES:
                return Mro((key, *whole), f"`{key.name}` has more than {_MOST_CLASSES} classes above it")
            return Mro((key, *whole))
        merged = _c3([*(each.classes for each in above), tuple(each.classes[0] for each in above)])
        if merged is None:
            names = ", ".join(f"`{each.classes[0].name}`" for each in above)
            cause = f"{names} cannot be put into one order"
            return Mro((key, *dict.fromkeys(one for each in above for one in each.classes)), cause, True)  # noqa: FBT003
        return Mro((key, *merged))


def _matches(dotted: str, patterns: Iterable[str]) -> bool:
    return bool(dotted) and any(
        dotted.startswith(each[:-1]) if each.endswith("*") else dotted == each for each in patterns
    )


def _as_base(thing: Thing) -> Thing:
    return Unknown(f"the base is the module `{thing.name}`") if isinstance(thing, Module) else thing


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 40 else f"{flat[:37]}..."


def _c3(sequences: list[tuple[ClassKey, ...]]) -> list[ClassKey] | None:
    """Merge as Python does; None where there is no order."""
    result: list[ClassKey] = []
    heads = [0] * len(sequences)
    inside: dict[ClassKey, int] = {}  # in how many tails a class stands
    for each in sequences:
        for key in each[1:]:
            inside[key] = inside.get(key, 0) + 1
    while True:
        left = [index for index, each in enumerate(sequences) if heads[index] < len(each)]
        if not left:
            return result
        for index in left:
            key = sequences[index][heads[index]]
            if not inside.get(key):
                break
        else:
            return None
        result.append(key)
        for index in left:
            each = sequences[index]
            if each[heads[index]] == key:
                heads[index] += 1
                if heads[index] < len(each):
                    inside[each[heads[index]]] -= 1
