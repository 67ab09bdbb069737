"""The class index: the classes of a file, what they derive from, and which of them hold tests.

Everything is looked up when it is asked for and remembered while the names that it came from mean the same. What a
file's answers came from is in `touched`, name by name, so that an edit elsewhere matters only where such a name does.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, Protocol
from weakref import proxy

from ssot_lsp.files import UnreadableError
from ssot_lsp.index.libraries import ASYNC_TEST_CASE, OBJECT, TEST_CASE, library_names
from ssot_lsp.index.lineages import Lineages
from ssot_lsp.index.resolution import Names, Sources
from ssot_lsp.index.shape_reading import shape_of
from ssot_lsp.index.shapes import ClassKey
from ssot_lsp.index.things import Module, Mro, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.definitions import Path
    from ssot_lsp.index.heirs import Mentions
    from ssot_lsp.index.shapes import Bound, ClassInfo, Method, Shape
    from ssot_lsp.index.things import Memory, Thing, Touched

__all__ = [
    "Approved",
    "ClassKey",
    "Classes",
    "Module",
    "Mro",
    "Suite",
    "Unknown",
    "World",
    "shape_of",
]

_RUNNERS = ("run", "__call__", "_callTestMethod", "__getattribute__", "__getattr__", "debug")
_ASYNC_HOOKS = ("asyncSetUp", "async_setup_method", "async_setup", "asyncTearDown", "async_teardown_method")
HEIRS = "heirs of "
"""Before a name in what was touched: not what a file says, but who mentions the name as a base."""


class World(Sources, Protocol):
    """What is asked of the workspace."""

    def config(self, path: str) -> ProjectConfig:
        """The settings for a file."""

    def definers(self, root: str, needles: Iterable[bytes]) -> Iterable[str]:
        """The Python files below `root` of which the text holds one of `needles`; in an editor not all at first."""

    def heirs(self, root: str, name: str) -> tuple[tuple[str, Mentions], ...] | None:
        """The files below `root` that mention `name` as a base, or by another name; None where it is not known yet."""

    def class_memory(self) -> Memory:
        """What was found out about classes so far."""


class Approved:
    """The SSOT bases of a configuration: the definitions that it names, and all that descends from them."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._config = classes.world.config(classes.path)
        self._keys: tuple[ClassKey, ...] | None = None
        self._bare = frozenset(name for name in self._config.base_classes if "." not in name)
        self._dotted = frozenset(
            key for name in self._config.base_classes if "." in name for key in self._named(name)
        )

    @property
    def keys(self) -> tuple[ClassKey, ...]:
        """The definitions, in the order of the configuration. For a name without its module all files are looked at."""
        if self._keys is None:
            needles = tuple(_needle(name) for name in self._config.base_classes if "." not in name)
            self._classes.world.definers(self._config.root, needles)  # all in one go
            keys = dict.fromkeys(key for name in self._config.base_classes for key in self._named(name))
            self._keys = tuple(keys)
            self._classes.touch((key.path, key.name) for key in self._keys)
        return self._keys

    def is_base(self, key: ClassKey) -> bool:
        """Whether a class is one of the definitions."""
        if key in self._dotted:
            return True
        if key.name not in self._bare or not self._classes.is_of_workspace(key):
            return False
        if self._config.pytest.collects_file(key.path):
            return key in self.keys
        info = self._classes.info(key)
        return info is not None and not info.is_fallback

    def base_in(self, order: Mro) -> ClassKey | None:
        """The SSOT base that a class derives from, or is; None where there is none."""
        return next(filter(self.is_base, order.classes), None)

    def _named(self, name: str) -> Iterator[ClassKey]:
        world, names = self._classes.world, self._classes.names
        module, _, short = name.rpartition(".")
        if module:
            importer = os.path.join(self._config.root, "conftest.py")
            path = world.workspace_modules().path_of(module, importer)
            self._classes.note_module(module)
            if path is None:
                path = world.installed_modules().path_of(module)
            things = names.resolve(path, (short,)) if path is not None else ()
            yield from (each for each in things if isinstance(each, ClassKey) and each.path)
            return
        found: list[ClassKey] = []
        for path in sorted(world.definers(self._config.root, (_needle(short),))):
            shape = names.shape(path)
            classes = shape.classes if shape is not None else ()
            found += [each.key for each in classes if each.name == short and not each.is_fallback]
        away = [key for key in found if not self._config.pytest.collects_file(key.path)]
        yield from away or found


class Suite(NamedTuple):
    """A class that a runner collects. `orders` are all known, and all say the same of `is_test_case`."""

    info: ClassInfo
    orders: tuple[Mro, ...]
    is_test_case: bool


class Classes:
    """The classes of the file at `path`, at one moment."""

    def __init__(self, path: str, world: World) -> None:
        self.path = path
        self.world = world
        memory = world.class_memory()
        self.names = Names(world, memory)
        self.lineages = Lineages(self.names, memory)
        self._asked: set[ClassKey] = set()
        self._touched: set[Touched] = set()
        self._modules: dict[str, str | None] = {}
        self._approved: Approved | None = None
        self._tests: tuple[Suite, ...] | None = None
        self.unclear = 0
        """Once `tests` was asked: how many classes define tests and are not among them, as a base is not known."""

    # --- what there is

    @property
    def shape(self) -> Shape:
        """The shape of the file; raises UnreadableError."""
        return self.world.shape(self.path)

    def all(self) -> tuple[ClassInfo, ...]:
        """The classes of the file, nested ones behind those around them."""
        return self.shape.classes

    def info(self, key: ClassKey) -> ClassInfo | None:
        """A class as it stands now; None outside of all sources."""
        return self.names.info(key)

    def orders(self, info: ClassInfo) -> tuple[Mro, ...]:
        """The orders in which Python may look through a class: one, as a rule."""
        self._asked.add(info.key)
        return self.lineages.orders(info.key)

    def order(self, info: ClassInfo) -> Mro:
        """The one order of a class; an unknown one where there may be several."""
        orders = self.orders(info)
        if len(orders) == 1:
            return orders[0]
        return Mro((info.key,), f"a base of `{info.name}` may be one of several classes")

    def bases(self, info: ClassInfo) -> tuple[tuple[Thing, ...], ...]:
        """For each entry of a class header what it may be, in its order."""
        self._asked.add(info.key)
        if not any(each.is_subscripted for each in info.bases):
            return self.lineages.bases(info.key)[: len(info.bases)]
        owner = self.names.owner(info)
        return tuple(
            self.names.resolve(info.path, each.path, info.start, owner) if each.path else ()
            for each in info.bases
        )

    @property
    def touched(self) -> frozenset[Touched]:
        """The names of other files that the answers so far came from."""
        found = self.lineages.touched(self._asked) | self._touched
        return frozenset(each for each in found if each[0] != self.path)

    @property
    def lookups(self) -> dict[str, str | None]:
        """The modules that the file itself asked for, with the files that they are."""
        own = {
            module: found for (importer, module), found in self.names.lookups.items() if importer == self.path
        }
        return {**self._modules, **own}

    # --- SSOT bases

    def approved(self) -> Approved:
        """The SSOT bases that the configuration of the file names and the workspace defines."""
        if self._approved is None:
            self._approved = Approved(proxy(self))  # it must not keep alive what keeps it
        return self._approved

    def note_module(self, module: str) -> None:
        """Count a module of the configuration among those that the file asked for: it may come to be."""
        self._modules[module] = self.world.workspace_modules().path_of(module, self.path)

    def touch(self, names: Iterable[Touched]) -> None:
        """Note names of files that an answer came from."""
        self._touched.update(names)

    def is_async_base(self, key: ClassKey) -> bool:
        """Whether an SSOT base is one for async tests: it awaits them itself, or has set-up that is awaited."""
        info = self.names.info(key)
        if info is None:
            return False
        self._asked.add(key)
        if any(order.has(ASYNC_TEST_CASE) for order in self.lineages.orders(key)):
            return True
        return "async" in info.short_name.lower() or any(map(info.defines, _ASYNC_HOOKS))

    # --- tests

    def tests(self) -> tuple[Suite, ...]:
        """The classes of the file of which it is known that a runner collects them, and how."""
        if self._tests is None:
            config = self.world.config(self.path)
            is_collected = config.pytest.collects_file(self.path)
            self._tests = tuple(self._find_tests(config)) if is_collected else ()
        return self._tests

    def _find_tests(self, config: ProjectConfig) -> Iterator[Suite]:
        found: dict[str, Suite] = {}
        for info in self.all():
            outer = info.name.rpartition(".")[0]
            if outer and (outer not in found or found[outer].is_test_case):
                continue
            if not self._is_in_place(info):
                continue
            may_be_test = config.pytest.collects_class(info.short_name)
            if not may_be_test and not info.bases:
                continue
            orders = self.orders(info)
            kinds = {order.has(TEST_CASE) for order in orders}
            if not all(order.is_known for order in orders) or len(kinds) != 1:
                self.unclear += any(map(config.pytest.collects_function, info.names))
                continue
            is_test_case = kinds.pop()
            if not is_test_case and not may_be_test:
                continue
            suite = Suite(info, orders, is_test_case)
            if all(self._holds_tests(suite, order) for order in orders):
                found[info.name] = suite
                yield suite

    def _is_in_place(self, info: ClassInfo) -> bool:
        """Whether the name of a class still means it when the module or class around has run."""
        owner = self.names.owner(info)
        names = owner.names if owner is not None else self.shape.names
        bounds = names.get(info.short_name, ())
        if len(bounds) == 1:
            return True
        last = bounds[-1] if bounds else None
        is_last = last is not None and last.info is not None and last.info.key == info.key
        return is_last or (bool(bounds) and all(each.guards for each in bounds))

    def is_test(self, suite: Suite, name: str) -> bool:
        """Whether a method of that name is a test: pytest has a setting for it, which a TestCase knows nothing of."""
        if suite.is_test_case:
            return name.startswith("test")
        return self.world.config(self.path).pytest.collects_function(name)

    def _holds_tests(self, suite: Suite, order: Mro) -> bool:
        has_test = False
        for key in order.classes:
            info = self.names.info(key)
            if info is None:
                continue
            if not suite.is_test_case and (info.defines("__init__") or info.defines("__new__")):
                return False
            has_test = has_test or any(self.is_test(suite, name) for name in info.names)
        return has_test and self._marked(order) is not False

    def _marked(self, order: Mro) -> bool | None:
        """What `__test__` says, None where nothing does; unclear values count as no."""
        for key in order.classes:
            info = self.names.info(key)
            bounds: tuple[Bound, ...] = info.names.get("__test__", ()) if info is not None else ()
            if bounds:
                return bounds[-1].what == "true"
        return None

    # --- what runs

    def sources_of(self, order: Mro) -> Iterator[ClassInfo]:
        """The classes of an order that have sources, in order."""
        for key in order.classes:
            info = self.names.info(key)
            if info is not None:
                yield info

    def is_plain_test_case(self, order: Mro) -> bool:
        """Whether nothing in the order of a TestCase may run or await its tests in another way than `TestCase`."""
        if order.has(ASYNC_TEST_CASE) or order.has("doctest.DocTestCase"):
            return False
        return not any(
            info.defines(name)
            for info in self.sources_of(order)
            for name in (*_RUNNERS, "_callSetUp", "_callTearDown", "__init_subclass__", "__init__", "__new__")
        ) and not any(self.is_written_to(info) for info in self.sources_of(order))

    def is_written_to(self, info: ClassInfo) -> bool:
        """Whether the module that defines a class sets attributes of it."""
        shape = self.names.shape(info.path)
        return shape is not None and f"{info.short_name}.*" in shape.names

    def offers(self, order: Mro) -> frozenset[str]:
        """The names that instances of a class have, as far as its order and the methods' own say."""
        found: set[str] = set()
        for key in order.classes:
            info = self.names.info(key)
            found |= library_names(key.name) if info is None else info.names.keys()
        return frozenset(found)

    def runs_as_written(self, order: Mro) -> bool:
        """Whether no decorator or metaclass of a class may change what its methods do."""
        return all(
            all(self.lineages.is_plain_decorator(info, names) for names in info.decorators)
            and all(self._is_plain_keyword(info, *each) for each in info.keywords)
            for info in self.sources_of(order)
        )

    def _is_plain_keyword(self, info: ClassInfo, name: str, path: Path) -> bool:
        if name == "metaclass":
            return self.names.dotted(info.path, path, info.start) in {"abc.ABCMeta", "type"}
        return name == "[]"

    def decorators_of(self, info: ClassInfo, method: Method) -> Iterator[str]:
        """The dotted names of a method's decorators, empty where they are not known."""
        for names in method.function.decorators:
            yield self.names.dotted(info.path, names, method.start, info) if names else ""

    def is_mentioned(self, orders: Iterable[Mro], hook: str) -> bool:
        """Whether some method of a class or of what it inherits speaks of a hook, but for the hook itself."""
        return any(
            each.function.name != hook and (hook in each.function.mentions or each.function.is_dynamic)
            for order in orders
            for info in self.sources_of(order)
            for each in info.places
        )

    def display(self, key: ClassKey) -> str:
        """How a class is called in messages: with its module where that is another file."""
        if not key.path:
            return key.name.removeprefix("builtins.")
        if key.path == self.path:
            return key.name
        return f"{self.world.workspace_modules().name_of(key.path)}.{key.name}"

    def is_of_workspace(self, key: ClassKey) -> bool:
        """Whether a class is defined in the workspace, and neither installed nor of the standard library."""
        return bool(key.path) and not self.world.installed_modules().holds(key.path)

    # --- descendants

    def descendants(self, key: ClassKey) -> tuple[ClassKey, ...] | None:
        """The classes of the workspace that derive from a class, the nearest first; None where it is not known yet."""
        root = self.world.config(self.path).root
        found: dict[ClassKey, None] = {}
        known = {key}
        names = {key.short_name}
        pending = [key.short_name]
        while pending:
            name = pending.pop()
            self._touched.add((root, HEIRS + name))
            heirs = self.world.heirs(root, name)
            if heirs is None:
                return None
            new: list[str] = []
            for (
                path,
                mentions,
            ) in heirs:  # whoever derives from a class by this name, or by one that it gets here
                new += mentions.renamed.get(name, ())
                for info in self._classes_of(path):
                    if info.key not in known and self._derives(info, known):
                        known.add(info.key)
                        found[info.key] = None
                        new.append(info.short_name)
            pending += dict.fromkeys(each for each in new if each not in names)
            names.update(new)
        self._asked.update(found)
        return tuple(found)

    def _derives(self, info: ClassInfo, keys: set[ClassKey]) -> bool:
        return any(thing in keys for options in self.lineages.bases(info.key) for thing in options)

    def _classes_of(self, path: str) -> tuple[ClassInfo, ...]:
        try:
            return self.world.shape(path).classes
        except UnreadableError:
            return ()


def _needle(name: str) -> bytes:
    return f"class {name}".encode("utf-8", "surrogatepass")


def display(key: ClassKey) -> str:
    """How a class is called in messages."""
    return key.name.removeprefix("builtins.") if not key.path else key.name


def is_mixin(key: ClassKey) -> bool:
    """Whether a class says of itself that it is none to derive from alone."""
    return "mixin" in key.short_name.lower() or key.name == OBJECT
