"""What becomes of a double that is swapped: its arguments, its later assignments, its identity; or why it is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.facts import self_name
from ssot_lsp.fixes.base import Withdrawn
from ssot_lsp.fixes.construction import OpaqueError, construction
from ssot_lsp.fixes.safety import Carried, Swapped, bare_children
from ssot_lsp.identities import different_users, identities, marked, names_in_scope
from ssot_lsp.index.factory import Product
from ssot_lsp.index.members import is_literal
from ssot_lsp.index.usage import uses_of
from ssot_lsp.nodes import IMPORTS
from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp.definitions import Path
    from ssot_lsp.facts import Facts
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.fixes.built import Construction
    from ssot_lsp.index.factory import Factory, FactoryMethod
    from ssot_lsp.index.usage import Use, Uses
    from ssot_lsp.mocks import Mocks, Site
    from ssot_lsp.source import Node

SWAPPED = frozenset(
    {"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "create_autospec"}
)
PATCHES = frozenset({"patch", "patch.object"})
_SPECIAL = frozenset({"name", "wraps", "unsafe", "spec", "spec_set", "instance"})
_RESULTS = frozenset({"return_value", "side_effect"})
_BRACKETED = frozenset(
    {
        *("list", "dictionary", "set", "tuple", "parenthesized_expression", "string", "list_comprehension"),
        *("set_comprehension", "dictionary_comprehension", "generator_expression"),
    }
)
_IDENTIFIERS = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_MARKED_OFF = frozenset({"parenthesized_expression", "expression_list", "tuple"})


class Argument(NamedTuple):
    """A constructor argument: the attribute path that it configures and the node that it is."""

    path: Path
    node: Node


@dataclass(frozen=True, slots=True)
class Plan:
    """All that becomes of a double but the text in front of the method's name.

    `arguments` are those of the factory's method, `later` the assignments that follow, `removed` the statements that
    go away.
    """

    swapped: Swapped
    arguments: tuple[str, ...]
    later: tuple[Carried, ...]
    removed: tuple[Use, ...]


class Case:
    """A double in its place."""

    def __init__(self, analysis: Snapshot, path: str, site: Site) -> None:
        self.analysis = analysis
        self.path = path
        self.site = site
        self.unit = site.unit
        self.call = site.call
        self.scope = site.scope
        self.start = site.unit.start + site.call.span[0]
        self.end = site.unit.start + site.call.span[1]
        self.chain = self._find_chain()

    @property
    def facts(self) -> Facts:
        """What its file says."""
        return self.analysis.facts(self.path)

    @property
    def mocks(self) -> Mocks:
        """The mocks of its file."""
        return self.analysis.mocks(self.path)

    @property
    def cls(self) -> str:
        """What makes it, without the `mocker`."""
        return self.site.name.removeprefix("mocker.")

    @property
    def node(self) -> Node:
        """The call."""
        return self.chain[-1]

    def text(self, node: Node) -> str:
        """The text of a node, as written."""
        return self.facts.source.slice(node.start_byte, node.end_byte)

    def _find_chain(self) -> list[Node]:
        """The nodes from the unit in to the call; raises Withdrawn where it is not whole."""
        chain = nodes_around(self.unit.node, self.start)
        while chain and not (
            chain[-1].type == "call" and chain[-1].start_byte == self.start and chain[-1].end_byte == self.end
        ):
            chain.pop()
        if not chain or chain[-1].has_error:
            reason = "the call is not complete"
            raise Withdrawn(reason)
        return chain

    @property
    def target(self) -> Path:
        """What it is bound to: a name or an attribute of the instance; empty where it is neither."""
        if self.call.in_display:
            return ()
        me = self_name(self.unit, self.scope)
        names = [each for each in self.call.targets if len(each) == 1]
        own = [
            each
            for each in self.call.targets
            if len(each) == 2 and each[0] == me and each[1] not in {"[]", "?"}
        ]
        return next(iter((*names, *own)), ())

    @property
    def is_whole_value(self) -> bool:
        """Whether what it is bound to is this double, and nothing else in any case."""
        for node in reversed(self.chain[:-1]):
            if node.type in {"assignment", "named_expression"}:
                return True
            if node.type not in _MARKED_OFF:
                return False
        return False

    @property
    def statement(self) -> Node | None:
        """The statement that makes it, if other ones can follow it in its block."""
        for outer, inner in zip(reversed(self.chain[:-1]), reversed(self.chain[1:]), strict=True):
            if outer.type == "block":
                return inner
            if outer.type == "lambda":
                return None
        return self.unit.node


def refused(case: Case) -> str:
    """Why a double is never swapped; empty where it may be."""
    site, data = case.site, case.unit.data
    if case.cls not in (PATCHES if site.is_patch else SWAPPED):
        return f"`{site.name}` is no double that a factory makes"
    statement = next(
        (node for node in reversed(case.chain) if node.type.endswith("_statement")), case.unit.node
    )
    header = data[statement.start_byte : min(statement.end_byte, statement.start_byte + 2000)]
    if b"sys.modules" in header:
        return "it takes the place of a module"
    if _precedes_imports(case):
        return "it has to be there before what follows is imported"
    if any(_is_of_something_else(case, each) for each in case.call.targets):
        return "it is an attribute of a real object"
    if any(each.path[-1:] == ("setattr",) for each in case.call.enclosing):
        return "it is an attribute of a real object"
    inside = [each for each in case.chain if each.type == "lambda" or each.type.endswith("_comprehension")]
    hidden = {*case.call.hidden, *case.call.lambda_names}
    if inside and any(name in hidden for name in _identifiers(case.node, data)):
        return "its arguments use names that only exist there"
    return ""


def plan(case: Case, factory: Factory, method: FactoryMethod) -> Plan:
    """What becomes of the double when `method` makes it; raises Withdrawn."""
    if method.is_async or any(each.kind == "args" and each.is_read for each in method.parameters):
        raise Withdrawn(f"`{method.name}` is not called like this")  # noqa: EM102, TRY003 - said once
    target = case.target
    uses = uses_of(case.facts, case.unit, target, (case.start, case.end))
    configured, lost = _arguments(case)
    if _is_bare_callable(case, uses, configured, method):
        reason = "it is called, and has no attributes"
        raise Withdrawn(reason)
    if _is_data_record(uses, configured, method):
        reason = "it is a record of data"
        raise Withdrawn(reason)
    is_fixed = bool(method.products & {Product.FROZEN, Product.REAL})
    try:
        built: Construction | str = construction(case.analysis, factory, method)
    except OpaqueError as error:
        built = str(error)
    can_follow = bool(target) and case.is_whole_value and case.statement is not None and not is_fixed
    carried = [_carried(case, each, method, built, can_follow=can_follow) for each in configured]
    folded: list[tuple[Use, Carried]] = list(_folded(case, uses, method)) if is_fixed else []
    later = tuple(each for each in carried if not each.keyword)
    if later and is_fixed:
        raise Withdrawn(f"`{later[0].path[0]}` cannot be set on what the factory makes")  # noqa: EM102, TRY003
    if later and not can_follow:
        raise Withdrawn(f"`{'.'.join(later[0].path)}` cannot be carried over: the double has no name here")  # noqa: EM102, TRY003
    swapped = Swapped(case.cls, uses, tuple(carried), (), tuple(lost), built)
    removed = tuple(use for use, _ in folded) or _redundant(case, swapped, method)
    swapped = swapped._replace(removed=removed)
    given = [(each.keyword, each.text) for each in (*carried, *(each for _, each in folded)) if each.keyword]
    given = [pair for pair in given if not _is_default(method, *pair)]
    given += _identity(case, method, {each.keyword for each in carried} | {name for name, _ in given})
    needed = {
        each.name
        for each in method.parameters
        if each.default is None and each.kind in {"positional", "positional-only", "keyword"}
    } - {name for name, _ in given}
    if needed:
        raise Withdrawn(f"`{method.name}` needs `{min(needed)}`")  # noqa: EM102, TRY003 - said once
    return Plan(swapped, tuple(f"{name}={text}" for name, text in given), later, removed)


# --- what is refused


def _is_of_something_else(case: Case, target: Path) -> bool:
    if len(target) == 1 or target[-1] == "[]" or target[-1] in _RESULTS:
        return False
    return len(target) != 2 or target[0] != self_name(case.unit, case.scope)


def _precedes_imports(case: Case) -> bool:
    """Whether a statement of the module stands before one of its imports."""
    if case.scope or case.unit.container.name or case.unit.node.type != "expression_statement":
        return False
    units = case.facts.module.units
    return any(each.start > case.unit.start and each.node.type in IMPORTS for each in units)


def _is_bare_callable(case: Case, uses: Uses, configured: Sequence[Argument], method: FactoryMethod) -> bool:
    """Whether the double is a function: called itself or with a result of its own, and nothing is taken of it."""
    is_called = any(each.kind in {"call", "record"} and not each.path for each in uses.uses)
    sets = {each.path[0] for each in configured} | {each.path[0] for each in uses.uses if each.path}
    has_result = any(each.path[:1] == ("return_value",) for each in uses.uses) or bool(sets & _RESULTS)
    if not is_called and not has_result:
        return False
    if sets - _RESULTS - {"__getitem__"} or any(each in {"spec", "spec_set"} for each in _keywords(case)):
        return False
    return not any(each.path[0] in _RESULTS for each in method.surface)


def _keywords(case: Case) -> set[str]:
    return {each.keyword for each in case.call.arguments}


def _is_data_record(uses: Uses, configured: Sequence[Argument], method: FactoryMethod) -> bool:
    """Whether the double is nothing but attributes, some of which the method knows nothing of."""
    attributes = [each for each in configured if each.path[0] not in _RESULTS]
    if not attributes:
        return False
    known = {each.name for each in method.parameters} | {each.path[0] for each in method.surface}
    is_used = any(each.kind == "call" and each.path for each in uses.uses) or any(
        each.kind == "set" and each.path[-1] in _RESULTS for each in uses.uses
    )
    has_results = any(_RESULTS & {*each.path} for each in configured)
    return not is_used and not has_results and any(each.path[0] not in known for each in attributes)


def doubt_of_family(case: Case) -> str:
    """Why a base or a descendant of the class may use its attribute too; asked last, as it may search the workspace."""
    container, _ = case.facts.class_of(case.unit, case.scope)
    if len(case.target) != 2 or container is None:
        return ""
    name = case.target[1]
    function = case.unit.scopes[case.scope]
    if any(each.path[-1:] == ("classmethod",) for each in function.decorators):
        return f"`{name}` is shared by all tests of the class"
    classes = case.analysis.classes(case.path)
    infos = [each for each in classes.all() if each.name == container.name]
    orders = classes.orders(infos[0]) if len(infos) == 1 else ()
    if len(orders) != 1 or not orders[0].is_known:
        return f"not all bases of `{container.name}` are known"
    word = re.compile(rb"\." + re.escape(name.encode()) + rb"(?!\w)")
    for key in orders[0].classes:
        is_other = bool(key.path) and key != infos[0].key
        if is_other and word.search(case.analysis.facts(key.path).source.data):
            return f"`{key.short_name}` may use `{name}` too"
    heirs = classes.descendants(infos[0].key)
    if heirs is None:
        return f"it is not known yet what descends from `{container.name}`"
    return f"`{heirs[0].short_name}` descends from `{container.name}`" if heirs else ""


# --- arguments


def _arguments(case: Case) -> tuple[list[Argument], list[str]]:
    """What the constructor is told of attributes, in the order in which it sets them, and what is lost."""
    arguments = case.node.child_by_field_name("arguments")
    configured: list[Argument] = []
    lost: list[str] = []
    positional = 0
    for each in arguments.named_children if arguments is not None else ():
        if each.type == "keyword_argument":
            name, value = each.child_by_field_name("name"), each.child_by_field_name("value")
            if name is None or value is None:
                raise _cannot(case, each)
            word = case.text(name)
            if word in _SPECIAL:
                if case.text(value) not in {"None", "False"}:
                    lost.append("spec" if word == "spec_set" else word)
            elif word == "parent" or word.startswith("_"):
                raise _cannot(case, each)
            else:
                configured.append(Argument((word,), value))
        elif each.type == "dictionary_splat" and each.named_children[0].type == "dictionary":
            configured += _of_dictionary(case, each.named_children[0])
        elif each.type in {"comment", "list_splat", "dictionary_splat"}:
            raise _cannot(case, each)
        else:
            positional += 1
            if positional > 1:
                raise _cannot(case, each)
            lost.append("spec")
    if len({each.path for each in configured}) < len(configured):
        reason = "an argument is given twice"
        raise Withdrawn(reason)
    configured.sort(key=lambda each: len(each.path))
    return configured, lost


def _of_dictionary(case: Case, node: Node) -> Iterator[Argument]:
    for each in node.named_children:
        key, value = each.child_by_field_name("key"), each.child_by_field_name("value")
        text = case.text(key)[1:-1] if key is not None and key.type == "string" else ""
        is_path = _IDENTIFIERS.fullmatch(text) is not None and text.partition(".")[0] not in _SPECIAL
        if value is None or not is_path or key is None or not is_literal(key):
            raise _cannot(case, each)
        yield Argument(tuple(text.split(".")), value)


def _cannot(case: Case, node: Node) -> Withdrawn:
    shown = " ".join(case.text(node).split())
    return Withdrawn(f"`{shown if len(shown) <= 40 else f'{shown[:39]}…'}` cannot be carried over")


def _carried(
    case: Case, argument: Argument, method: FactoryMethod, built: Construction | str, *, can_follow: bool
) -> Carried:
    """Where an argument goes: to the factory where it takes it as it is, else behind the call, if anything can follow."""
    path, node = argument
    text = case.text(node)
    literal = is_literal(node)
    if len(path) == 1 and path[0] not in _RESULTS:
        (name,) = path
        is_taken = method.parameter(name) is not None and any(
            item.path == path and item.parameter == name for item in method.surface
        )
        is_open = method.is_open and all(each.name != name for each in method.parameters)
        item = built.item(path) if not isinstance(built, str) else None
        if can_follow and not isinstance(built, str) and item is None and not built.takes_keywords:
            is_taken = is_open = False
        if can_follow and item is not None and not item.takes(name, text if literal else None):
            is_taken = is_open = False
        if (
            is_taken
            or is_open
            or (method.parameter(name) and method.products & {Product.REAL, Product.FROZEN})
        ):
            return Carried(path, text, name, literal)
    if case.target and re.search(rf"(?<![\w.]){re.escape('.'.join(case.target))}(?!\w)", text):
        raise _cannot(case, node)
    return Carried(path, _as_statement(node, text), "", literal)


def _as_statement(node: Node, text: str) -> str:
    """The text of an expression as it can stand on the right of an assignment."""
    is_call = node.type == "call" and "\n" not in text.partition("(")[0]
    is_split = ("\n" in text or "\r" in text) and node.type not in _BRACKETED and not is_call
    return f"({text})" if is_split or node.type in {"named_expression", "yield"} else text


def _folded(case: Case, uses: Uses, method: FactoryMethod) -> Iterator[tuple[Use, Carried]]:
    """Later writes as keywords; raises Withdrawn where one matches no parameter."""
    for use in uses.uses:
        if use.kind != "set":
            continue
        name = ".".join(use.path)
        is_taken = len(use.path) == 1 and method.parameter(name) is not None and use.value is not None
        if not is_taken or not use.is_early or use.value is None:
            raise Withdrawn(f"`{name}` is written later, and what the factory makes is frozen")  # noqa: EM102, TRY003
        if not _can_move(case, use):
            raise Withdrawn(f"the value of `{name}` is not known yet where the double is made")  # noqa: EM102, TRY003
        text = case.facts.source.slice(*use.value)
        yield use, Carried(use.path, text, name)


def _can_move(case: Case, use: Use) -> bool:
    """Whether the value of a later write can be had at the creation: nothing between binds a name of it."""
    assert use.value is not None  # noqa: S101 - for the types: a set has a value
    text = case.facts.source.slice(*use.value)
    names = set(re.findall(r"[^\W\d]\w*", text))
    between = (case.end - case.unit.start, use.start - case.unit.start)
    scopes = case.unit.scopes
    return not any(
        between[0] <= binding.at < between[1]
        for scope in scopes
        for name in names
        for binding in scope.names.get(name, ())
    )


def _is_default(method: FactoryMethod, name: str, text: str) -> bool:
    parameter = method.parameter(name)
    return (
        parameter is not None
        and parameter.default is not None
        and text in {parameter.default, parameter.value}
    )


# --- children that the factory has too


def _redundant(case: Case, swapped: Swapped, method: FactoryMethod) -> tuple[Use, ...]:
    """The statements that set a bare child which the factory sets alike."""
    if not case.is_whole_value:
        return ()
    sites = {
        (each.unit.start + each.call.span[0], each.unit.start + each.call.span[1]): each
        for each in case.mocks.sites
        if each.unit is case.unit
    }
    bare = [
        (use, sites[use.value].name.removeprefix("mocker."))
        for use in swapped.uses.early
        if use.value in sites and not sites[use.value].call.arguments and is_alone(case, use)
    ]
    if not bare:
        return ()
    if not isinstance(swapped.built, str):
        return bare_children(swapped.uses, swapped.built, bare)
    sets = {each.path for each in swapped.uses.early}
    return tuple(use for use, cls in bare if _is_provided(method, use.path, cls, sets))


def _is_provided(method: FactoryMethod, path: Path, cls: str, sets: set[Path]) -> bool:
    """Whether the model of the factory has a double of the same kind there, with nothing set below it."""
    kind = {"AsyncMock": "async", "MagicMock": "sync", "Mock": "sync"}.get(cls)
    below = [
        each.path for each in method.surface if each.path[: len(path)] == path and len(each.path) > len(path)
    ]
    is_set = any(each.path == path and each.kind == kind for each in method.surface)
    return is_set and all(each in sets for each in below)


def is_alone(case: Case, use: Use) -> bool:
    """Whether a statement is all that its lines hold, with no comment on them or right above."""
    source = case.facts.source
    lines = source.lines
    node = nodes_around(case.unit.node, use.start)
    statement = next((each for each in reversed(node) if each.type == "expression_statement"), None)
    if statement is None:
        return False
    span = source.span(statement)
    first, last = lines.line_of(span.start), lines.line_of(span.end)
    before = source.text[lines.span_of(first).start : span.start]
    after = source.text[span.end : lines.span_of(last).end]
    above = lines.content(first - 1).strip() if first else ""
    return not before.strip() and not after.strip() and not above.startswith("#") and not above.endswith("\\")


# --- identities


def _identity(case: Case, method: FactoryMethod, given: set[str]) -> list[tuple[str, str]]:
    """The identities that the method takes and that are in scope; for one of several users, one of its own."""
    parameters = [
        each
        for each in case.analysis.config(case.path).isolation_parameters
        if each not in given and (found := method.parameter(each)) is not None and found.is_read
    ]
    if not parameters:
        return []
    offset = case.facts.source.offset(case.start)
    name = case.target[-1] if case.target else ""
    if (marker := _user(case, name, method)) is not None:
        bound = names_in_scope(case.analysis, case.path, case.unit, case.scope, offset)
        return _of_user(parameters, marker, bound, given)
    known = identities(case.analysis, case.path, case.unit, case.scope, offset)
    return [
        (each, known[each])
        for each in parameters
        if each in known and not _is_default(method, each, known[each])
    ]


def _user(case: Case, name: str, method: FactoryMethod) -> str | None:
    """Which of different users a double belongs to: the marker in its name; None where there is one user."""
    if not name:
        return None
    word = f".{method.name}(".encode()
    names = [name]
    for site in case.mocks.sites:
        if site.unit is case.unit and not site.is_patch:
            names += [each[-1] for each in site.call.targets]
    for unit in case.unit.container.units if len(case.target) == 2 else (case.unit,):
        pattern = re.compile(rb"(\w+)[ \t]*=[ \t]*[\w.()]*" + re.escape(word))
        names += [each.decode() for each in pattern.findall(unit.data, unit.start, unit.end)]
    group = next((each for each in different_users(names) if name in each), None)
    if group is None:
        return None
    stems = [{each.stem for each in marked(other)} for other in group if other != name]
    own = [each for each in marked(name) if any(each.stem in stem for stem in stems)]
    return own[0].marker if own else None


def _of_user(
    parameters: Sequence[str], marker: str, bound: Sequence[str], given: set[str]
) -> list[tuple[str, str]]:
    """What tells one user from the others: what is in scope under its marker, else a name of its own."""
    found: list[tuple[str, str]] = []
    for parameter in parameters:
        words = set(parameter.split("_"))
        for name in bound:
            for each in marked(name.rpartition(".")[2]):
                if each.marker == marker and {part for part in each.stem if part} == words:
                    found.append((parameter, name))
                    break
            if found and found[-1][0] == parameter:
                break
    if not found and not given & set(parameters):
        found.append((parameters[0], f'"{parameters[0].removesuffix("_id")}_{marker}"'))
    return found


def _identifiers(node: Node, data: bytes) -> Iterator[str]:
    pending = [node]
    while pending:
        each = pending.pop()
        if each.type == "identifier":
            yield data[each.start_byte : each.end_byte].decode("utf-8", "surrogatepass")
        pending.extend(each.named_children)
