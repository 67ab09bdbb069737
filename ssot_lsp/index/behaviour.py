"""How known values behave: doubles, dictionaries and lists, instances, and the builtins and modules that make them.

What a double's child is follows the documentation of `unittest.mock`: children of an AsyncMock are async, of a
MagicMock sync (but for `__aenter__` and the like), `spec=C` follows `C`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssot_lsp.index.members import is_frozen, members
from ssot_lsp.index.mock_library import short_name
from ssot_lsp.index.values import (
    DATA,
    NONE,
    UNKNOWN,
    Display,
    Double,
    Either,
    Given,
    Instance,
    Plain,
    Product,
    Reference,
    each_of,
    either,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ssot_lsp.index.outline import Outline
    from ssot_lsp.index.values import Class, ItemKind, Value

_ASYNC_MAGICS = frozenset({"__aenter__", "__aexit__", "__anext__"})
_MOCK_ARGUMENTS = frozenset({"name", "wraps", "unsafe", "new", "new_callable", "_spec_asyncs"})
_SPEC_ARGUMENTS = frozenset({"spec", "spec_set"})
_RESULTS = frozenset({"return_value", "side_effect"})
# Methods of every mock: calling them is no call of the double.
_MOCK_METHODS = frozenset({"reset_mock", "mock_add_spec"})


@dataclass(slots=True)
class Arguments:
    """What a call is given. Not `is_whole`: there may be more. `is_open`: it may be any keyword of the caller."""

    positional: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    is_whole: bool = True
    is_open: bool = False


class Behaviour:
    """What becomes of values in one branch after the other."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self.branch: tuple[int, ...] = ()
        """The branch that is being read; what it sets on a double of an outer one may not be set."""

    def construct(self, name: str, given: Arguments) -> Value:
        """A call of something of `unittest.mock`."""
        if name == "seal":
            for value in given.positional:
                for each in each_of(value):
                    if isinstance(each, Double):
                        each.is_sealed = True
            return NONE
        if name == "create_autospec":
            return self._autospec(given)
        if name == "mock_open":
            return Double(Product.MAGIC_MOCK, self.branch)
        product = {
            "Mock": Product.MOCK,
            "MagicMock": Product.MAGIC_MOCK,
            "AsyncMock": Product.ASYNC_MOCK,
            "NonCallableMock": Product.MOCK,
            "NonCallableMagicMock": Product.MAGIC_MOCK,
            "ThreadingMock": Product.MOCK,
        }.get(name)
        if product is None:
            return DATA if name in {"PropertyMock", "sentinel", "ANY", "DEFAULT"} else UNKNOWN
        double = Double(product, self.branch)
        self._give_spec(double, given)
        self.configure(
            double, {key: value for key, value in given.keywords.items() if key not in _MOCK_ARGUMENTS}
        )
        double.is_open = given.is_open
        return double

    def _autospec(self, given: Arguments) -> Value:
        """`create_autospec(C)` is the class, whose result is the instance; functions become functions."""
        double = Double(Product.MAGIC_MOCK, self.branch)
        self._give_spec(double, given)
        is_instance = given.keywords.get("instance")
        if (
            double.spec
            and double.spec_kinds is not None
            and not (isinstance(is_instance, Plain) and is_instance.value)
        ):
            instance = Double(Product.MAGIC_MOCK, self.branch, spec=double.spec, spec_kinds=double.spec_kinds)
            double.attributes["return_value"] = instance
        self.configure(
            double,
            {
                key: value
                for key, value in given.keywords.items()
                if key not in {"instance", *_MOCK_ARGUMENTS}
            },
        )
        return double

    def _give_spec(self, double: Double, given: Arguments) -> None:
        spec = given.keywords.get("spec", given.keywords.get("spec_set"))
        if spec is None and given.positional:
            spec = given.positional[0]
        if spec is None or (isinstance(spec, Plain) and spec.text == "None"):
            return
        classes = tuple(each.of for each in each_of(spec) if isinstance(each, Reference))
        double.spec = classes
        if isinstance(spec, Display) and spec.text is not None:
            double.spec_kinds = {
                each.value: "sync"
                for each in spec.items
                if isinstance(each, Plain) and isinstance(each.value, str)
            }
        elif classes:
            double.spec_kinds = self._spec_kinds(classes)

    def _spec_kinds(self, classes: Sequence[Class]) -> Mapping[str, ItemKind] | None:
        found: dict[str, ItemKind] = {}
        for each in classes:
            lineage = self._outline.lineage(each.path, each.name) if each.path else None
            if lineage is None or lineage.doubts:
                return None
            found.update(members(self._outline, lineage, of_instances=False))
        return found

    def configure(self, double: Value, keywords: Mapping[str, Value]) -> None:
        """Set what these keywords say, which are attribute paths; `spec` is none."""
        for name, value in keywords.items():
            if name not in _SPEC_ARGUMENTS:
                self.set_path(double, name.split("."), value)

    def set_attribute(self, owner: Value, name: str, value: Value) -> None:
        """`owner.name = value`."""
        for each in each_of(owner):
            if isinstance(each, Instance):
                each.attributes[name] = value
            elif isinstance(each, Double):
                if each.branch[: len(self.branch)] == self.branch:
                    each.attributes[name] = value
                else:
                    each.attributes[name] = either((attribute(each, name), value))
                each.was_set.add(name)

    def set_path(self, owner: Value, names: Sequence[str], value: Value) -> None:
        """The same for a path of attributes."""
        for name in names[:-1]:
            owner = attribute_of(owner, name)
        self.set_attribute(owner, names[-1], value)

    def builtin(self, name: str, given: Arguments) -> Value | None:
        """The result of a builtin that matters here; None for any other name."""
        positional = given.positional
        if name == "setattr" and len(positional) == 3:
            key = positional[1]
            if isinstance(key, Plain) and isinstance(key.value, str):
                self.set_attribute(positional[0], key.value, positional[2])
            else:
                for each in each_of(positional[0]):
                    if isinstance(each, Double):
                        each.is_open = True
            return NONE
        if name == "getattr" and len(positional) >= 2:
            key = positional[1]
            if isinstance(key, Plain) and isinstance(key.value, str):
                return attribute_of(positional[0], key.value)
            return UNKNOWN
        if name == "dict":
            keys: list[Value] = [Plain(repr(each), each) for each in given.keywords]
            return Display(list(given.keywords.values()), keys, None, given.is_whole and not positional)
        if name in {"list", "tuple", "set", "sorted", "reversed", "frozenset"} and len(positional) == 1:
            items, is_whole = loop_items(positional[0])
            return Display(items, None, None, is_whole)
        if name == "enumerate" and positional:
            items, is_whole = loop_items(positional[0])
            return Display([Display([DATA, each]) for each in items], None, None, is_whole)
        if name in {
            "str",
            "int",
            "float",
            "bool",
            "len",
            "bytes",
            "isinstance",
            "hasattr",
            "id",
            "repr",
            "print",
        }:
            return DATA
        return None

    def method(self, value: Value, name: str, given: Arguments) -> Value | None:
        """A call of a method of a double, dictionary or list; None where it is none of these."""
        if isinstance(value, Either):
            found = [self.method(each, name, given) for each in value.values]
            return either(each or UNKNOWN for each in found) if any(found) else None
        if isinstance(value, Double):
            if name == "configure_mock":
                self.configure(value, given.keywords)
                value.is_open = value.is_open or given.is_open
                return NONE
            if name == "attach_mock" and len(given.positional) == 2:
                key = given.positional[1]
                if isinstance(key, Plain) and isinstance(key.value, str):
                    self.set_attribute(value, key.value, given.positional[0])
                return NONE
            if name in _MOCK_METHODS or name.startswith("assert_"):
                return NONE
            child = attribute(value, name)
            if isinstance(child, Double):
                return attribute(child, "return_value")
            return None
        if isinstance(value, Display):
            return _display_method(value, name, given)
        if isinstance(value, (Plain, Given)):
            return DATA
        return None

    def instance(self, found: Class, given: Arguments) -> Value:
        """A call of a class of the workspace."""
        lineage = self._outline.lineage(found.path, found.name) if found.path else None
        if lineage is None:
            return UNKNOWN
        creator = next(filter(None, map(short_name, lineage.foreign)), None)
        if creator is not None:
            double = self.construct(creator, given)
            if isinstance(double, Double):
                double.is_open = True
            return double
        known = members(self._outline, lineage, of_instances=True)
        attributes = {name: value for name, value in given.keywords.items() if name in known}
        return Instance(found, is_frozen(lineage), attributes)


def attribute_of(value: Value, name: str) -> Value:
    """What `value.name` is, whichever the value is."""
    return either(attribute(each, name) for each in each_of(value))


def attribute(value: Value, name: str) -> Value:
    """What `value.name` is."""
    if isinstance(value, Double):
        found = value.attributes.get(name)
        if found is None:
            found = value.attributes[name] = _child(value, name)
        return found
    if isinstance(value, Instance):
        return value.attributes.get(name, UNKNOWN)
    return DATA if isinstance(value, (Plain, Given)) else UNKNOWN


def _child(owner: Double, name: str) -> Value:
    """The child that a mock makes when it is first asked for."""
    if name == "side_effect":
        return NONE
    if owner.product is Product.UNKNOWN or (owner.spec is not None and owner.spec_kinds is None):
        return Double(Product.UNKNOWN, owner.branch)
    if owner.spec_kinds is not None and name not in _RESULTS:
        kind = owner.spec_kinds.get(name, "unknown")
        if kind == "async" or (name in _ASYNC_MAGICS and owner.product is not Product.MOCK):
            return Double(Product.ASYNC_MOCK, owner.branch)
        if kind == "unknown":
            return Double(Product.UNKNOWN, owner.branch)
        product = Product.MOCK if owner.product is Product.MOCK else Product.MAGIC_MOCK
        return Double(product, owner.branch)
    if owner.product is Product.MAGIC_MOCK and name in _ASYNC_MAGICS:
        return Double(Product.ASYNC_MOCK, owner.branch)
    is_magic = name.startswith("__") and name.endswith("__")
    if owner.product is Product.ASYNC_MOCK and is_magic and name not in _ASYNC_MAGICS:
        return Double(Product.MAGIC_MOCK, owner.branch)
    return Double(owner.product, owner.branch)


def item_of(owner: Value, key: Value) -> Value:
    """What `owner[key]` is."""
    if (
        isinstance(owner, Display)
        and owner.is_given
        and isinstance(key, Plain)
        and isinstance(key.value, str)
    ):
        return Given(key.value, None)
    if isinstance(owner, Display) and owner.keys is not None:
        if isinstance(key, Plain) and key.text is not None and owner.is_whole:
            found = [
                value
                for each, value in zip(owner.keys, owner.items, strict=True)
                if isinstance(each, Plain) and each.value == key.value
            ]
            return found[-1] if found else UNKNOWN
        return either((*owner.items, UNKNOWN) if not owner.is_whole else owner.items or [UNKNOWN])
    if isinstance(owner, (Plain, Given)):
        return DATA
    return UNKNOWN


def loop_items(value: Value) -> tuple[list[Value], bool]:
    """What is known of what a loop over a value goes through, and whether that is all."""
    if isinstance(value, Display):
        return list(value.keys if value.keys is not None else value.items), value.is_whole
    return [], False


def set_item(owner: Value, key: Value, value: Value) -> None:
    """`owner[key] = value`."""
    for each in each_of(owner):
        if isinstance(each, Display):
            each.text = None
            if each.keys is not None:
                each.keys.append(key)
                each.items.append(value)


def or_default(first: Value, second: Value) -> Value:
    """A value, or another one where it was not given."""
    if isinstance(second, Given) and not isinstance(first, Given):
        first, second = second, first
    if isinstance(first, Given) and isinstance(second, (Plain, Display)):
        return Given(first.parameter, second.text)
    return either((first, second))


def _display_method(value: Display, name: str, given: Arguments) -> Value:
    positional = given.positional
    if value.keys is not None:
        if name == "items":
            pairs: list[Value] = [
                Display([key, each]) for key, each in zip(value.keys, value.items, strict=True)
            ]
            return Display(pairs, None, None, value.is_whole)
        if name in {"keys", "values"}:
            return Display(list(value.keys if name == "keys" else value.items), None, None, value.is_whole)
        if name in {"get", "pop", "setdefault"} and positional:
            found = item_of(value, positional[0])
            key = positional[0]
            if value.is_given and isinstance(key, Plain) and isinstance(key.value, str):
                fallback = positional[1] if len(positional) > 1 else NONE
                return (
                    Given(key.value, fallback.text)
                    if isinstance(fallback, Plain)
                    else either((DATA, fallback))
                )
            return found
        if name == "update":
            value.text = None
            value.keys += [Plain(repr(each), each) for each in given.keywords]
            value.items += given.keywords.values()
            for each in positional:
                if isinstance(each, Display) and each.keys is not None:
                    value.keys += each.keys
                    value.items += each.items
                    value.is_whole = value.is_whole and each.is_whole
                else:
                    value.is_whole = False
            return NONE
        if name == "copy":
            return Display(list(value.items), list(value.keys), value.text, value.is_whole)
    elif name == "append" and positional:
        value.items.append(positional[0])
        value.text = None
        return NONE
    return DATA if name in {"copy", "index", "count"} else UNKNOWN


def call_library(found: Class, given: Arguments) -> Value:
    """A call of something outside of the workspace."""
    if found.dotted == "types.SimpleNamespace":
        return Instance(found, is_frozen=False, attributes=dict(given.keywords))
    if found.dotted == "typing.cast" and len(given.positional) == 2:
        return given.positional[1]
    if found.dotted in {"copy.copy", "copy.deepcopy"} and given.positional:
        return given.positional[0]
    module = found.dotted.partition(".")[0]
    return DATA if module in {"uuid", "datetime", "time", "random", "json", "os"} else UNKNOWN
