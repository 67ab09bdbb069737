"""Change what a class derives from, with everything that must move along: imports, set-up, calls of `super()`.

Safe is only what provably leaves the outcome of every test as it is: the same runner, nothing used that the new base
lacks, and nothing in the new base that runs. All else is for review, with the reason in the title; what brings dead
tests to life says how many.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssot_lsp.fixes.base import Change, Fix, Withdrawn
from ssot_lsp.fixes.hooks import definition_of, renamed, super_call, super_calls, with_super
from ssot_lsp.fixes.orphans import with_imports
from ssot_lsp.index.classes import ClassKey, display
from ssot_lsp.index.libraries import ASYNC_TEST_CASE, TEST_CASE
from ssot_lsp.index.shapes import HOOKS
from ssot_lsp.names import did_you_mean
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssot_lsp.definitions import Path
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.index.classes import Classes
    from ssot_lsp.index.shapes import Base, ClassInfo, Method
    from ssot_lsp.index.things import Mro
    from ssot_lsp.source import Source

_FOR_PYTEST = {
    "setUp": "setup_method",
    "tearDown": "teardown_method",
    "setUpClass": "setup_class",
    "tearDownClass": "teardown_class",
}
_MARKS = frozenset({"asyncio", "anyio", "trio"})
_AWAITED = {"setUp": "asyncSetUp", "tearDown": "asyncTearDown"}
_RUNNERS = (
    "run",
    "__call__",
    "_callTestMethod",
    "_callSetUp",
    "__getattribute__",
    "__init__",
    "__init_subclass__",
)


@dataclass(slots=True)
class _Plan:
    """Edits in the making; `reasons` is why they need review, `orphans` are names that they may leave unused.

    `before` is the order of the class, `above` are those of the bases that it has afterwards.
    """

    analysis: Snapshot
    classes: Classes
    info: ClassInfo
    before: Mro
    above: Sequence[Mro] = ()
    edits: list[Edit] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    added: tuple[str, str] | None = None
    orphans: list[str] = field(default_factory=list)


# --- offers


def offers_of_ssot_base(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """The SSOT base in the place of the one that leads away, or that is for plain tests."""
    found = _class_at(analysis, finding)
    if found is None:
        return
    classes, info = found
    wants_async = any(each.function.is_async and each.name.startswith("test") for each in info.places)
    keys = classes.approved().keys
    fitting = [key for key in keys if classes.is_async_base(key) == wants_async]
    for key in (fitting or keys)[:2]:
        try:
            plan = _planned(analysis, finding, key)
        except Withdrawn:
            continue
        title = f"Derive `{info.short_name}` from `{display(key)}`"
        reason = plan.reasons[0] if plan.reasons else ""
        yield Fix(
            f"{title}; for review: {reason}" if reason else title,
            "review" if reason else "safe",
            finding,
            "rebase",
            tuple(key[:2]),
        )


def offers_to_await(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """A base that awaits: the SSOT base for async tests if it does, else unittest's own."""
    found = _class_at(analysis, finding)
    if found is None:
        return
    classes, info = found
    name = _word(analysis, finding)
    order = classes.order(info)
    if not order.has(TEST_CASE) or name.startswith(("setup_", "teardown_")) or "Class" in name:
        return
    if order.has(ASYNC_TEST_CASE):
        if name in _AWAITED:
            title = f"Rename `{name}` to `{_AWAITED[name]}`, which is awaited; for review: it has never run"
            yield Fix(title, "review", finding, "await-set-up")
        return
    dead = sum(each.function.is_async and each.name.startswith("test") for each in info.places)
    many = "a test that never ran will run" if dead == 1 else f"{dead} tests that never ran will run"
    if not dead:
        many = "it has never run"
    for key in _awaiting(classes, info):
        try:
            _planned(analysis, finding, key)
        except Withdrawn:
            continue
        title = (
            f"Derive `{info.short_name}` from `{display(key).removeprefix('unittest.')}`; for review: {many}"
        )
        yield Fix(title, "review", finding, "rebase", tuple(key[:2]))
        return


def _awaiting(classes: Classes, info: ClassInfo) -> Iterator[ClassKey]:
    approved = classes.approved()
    is_auto = _is_awaited_by_pytest(classes)
    if _is_replaceable(classes, info):
        for key in approved.keys:
            orders = classes.lineages.orders(key)
            is_of_pytest = is_auto and all(each.is_known and not each.has(TEST_CASE) for each in orders)
            if any(each.has(ASYNC_TEST_CASE) for each in orders) or (
                is_of_pytest and classes.is_async_base(key)
            ):
                yield key
    yield ClassKey("", ASYNC_TEST_CASE)


def offers_to_rename(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """Pytest's name for set-up that nobody calls."""
    found = _class_at(analysis, finding)
    name = _word(analysis, finding)
    if found is None:
        return
    classes, info = found
    method = info.method(name)
    other = _FOR_PYTEST.get(name)
    if method is None:
        return
    if name in _AWAITED.values() and classes.order(info).has(TEST_CASE):
        yield from offers_to_await(analysis, finding)
    elif other is not None and not method.function.is_async and not info.defines(other):
        title = f"Rename `{name}` to `{other}`; for review: it has never run"
        yield Fix(title, "review", finding, "rename-set-up")


def offers_of_super(_: Snapshot, finding: Finding) -> Iterator[Fix]:
    """A call of what is overridden."""
    title = "Call what it overrides; for review: that has not run for these tests"
    yield Fix(title, "review", finding, "call-super")


def offers_to_drop(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """The class header without the base that is too much."""
    found = _class_at(analysis, finding)
    if found is None:
        return
    classes, info = found
    try:
        plan = _planned(analysis, finding, None)
    except Withdrawn:
        return
    order = classes.order(info)
    reason = plan.reasons[0] if plan.reasons else ""
    if order.is_impossible:
        reason = "the file can be imported then, and its tests run"
    what = f"Drop `{_word(analysis, finding)}`"
    title = f"{what}; for review: {reason}" if reason else what
    yield Fix(title, "review" if reason else "safe", finding, "drop-base")


def offers_of_names(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """The class that may have been meant."""
    found = _class_at(analysis, finding)
    if found is None:
        return
    classes, info = found
    index = _base_index(analysis, info, finding)
    options = classes.bases(info)[index] if index is not None else ()
    missing = getattr(options[0], "missing", None) if len(options) == 1 else None
    shape = classes.names.shape(missing[0]) if missing else None
    if shape is None or missing is None or not missing[0]:
        return
    known = [
        name
        for name, bounds in shape.names.items()
        if any(each.what in {"class", "import"} for each in bounds)
    ]
    for near in did_you_mean(missing[1], known):
        title = f"Replace `{missing[1]}` by `{near}`; for review: the tests of this file run again"
        yield Fix(title, "review", finding, "rename-base", (missing[1], near))


# --- makers


def rebase(analysis: Snapshot, fix: Fix) -> Change:
    """The class with another base."""
    path, name = fix.arguments
    return _change(analysis, fix, _planned(analysis, fix.finding, ClassKey(path, name)))


def drop_base(analysis: Snapshot, fix: Fix) -> Change:
    """The class without one of its bases."""
    return _change(analysis, fix, _planned(analysis, fix.finding, None))


def rename_set_up(analysis: Snapshot, fix: Fix) -> Change:
    """Set-up by the name that pytest has for it."""
    classes, info, method = _method_at(analysis, fix.finding)
    order = classes.order(info)
    plan = _Plan(analysis, classes, info, order)
    _rename_hook(plan, method, _FOR_PYTEST[method.name], order.classes[1:])
    return _change(analysis, fix, plan)


def await_set_up(analysis: Snapshot, fix: Fix) -> Change:
    """Async set-up by the name that is awaited."""
    classes, info, method = _method_at(analysis, fix.finding)
    plan = _Plan(analysis, classes, info, classes.order(info))
    _await_hook(plan, method)
    return _change(analysis, fix, plan)


def call_super(analysis: Snapshot, fix: Fix) -> Change:
    """The override with a call of what it overrides."""
    classes, info, method = _method_at(analysis, fix.finding)
    overridden = _overridden(classes, classes.order(info).classes[1:], method.name)
    source = analysis.facts(fix.finding.path).source
    if overridden is None or any(super_calls(source, method)):
        raise _gone()
    call = super_call(method.function, overridden.function)
    if call.startswith("await") and not method.function.is_async:
        reason = f"`{method.name}` is not async, and what it overrides is"
        raise Withdrawn(reason)
    return Change(fix.finding.path, (with_super(source, method, call),))


def rename_base(analysis: Snapshot, fix: Fix) -> Change:
    """The name that was meant, wherever the file has the other one."""
    path = fix.finding.path
    old, new = fix.arguments
    facts = analysis.facts(path)
    source = facts.source
    if facts.is_bound(new):
        reason = f"`{new}` is something else in this file"
        raise Withdrawn(reason)
    edits = []
    for match in re.finditer(rf"(?<!\w){re.escape(old)}(?!\w)", source.text):
        node = source.node_at(source.byte(match.start()), source.byte(match.end()))
        if node is not None and node.type == "identifier":
            edits.append(Edit(Span(*match.span()), new))
    if not edits:
        raise _gone()
    return Change(path, tuple(edits))


# --- the plan


def _planned(analysis: Snapshot, finding: Finding, target: ClassKey | None) -> _Plan:
    """What it takes to put `target` in the place of a base, or to drop that; raises Withdrawn."""
    found = _class_at(analysis, finding)
    if found is None:
        raise _gone()
    classes, info = found
    index = _base_index(analysis, info, finding)
    if index is None:
        index = _test_case_base(classes, info)
    if index is None:
        raise _gone()
    above = [classes.lineages.orders(target)[0]] if target is not None else []
    bases = classes.bases(info)
    for number, options in enumerate(bases):
        if number != index and len(options) == 1 and isinstance(options[0], ClassKey):
            above += classes.lineages.orders(options[0])
    if target is not None and any(target in each for each in bases):
        raise _gone()
    if not all(order.is_known for order in above):
        reason = "what is above the other bases is not known"
        raise Withdrawn(reason)
    plan = _Plan(analysis, classes, info, classes.order(info), tuple(above))
    _change_header(plan, index, target)
    _check_runner(plan)
    _check_marks(plan)
    _check_use(plan)
    _move_hooks(plan)
    return plan


def _change_header(plan: _Plan, index: int, target: ClassKey | None) -> None:
    analysis, classes, info = plan.analysis, plan.classes, plan.info
    base = info.bases[index]
    span = _span(analysis, info.path, *base.span)
    head = base.path[0] if base.path else ""
    if target is None:
        plan.edits.append(_without_base(analysis, info, index))
        plan.orphans.append(head)
        return
    if base.is_subscripted or not base.path:
        reason = f"`{base.text}` is more than a name"
        raise Withdrawn(reason)
    name, plan.added = _name_of(analysis, classes, info.path, base, target)
    if target == ClassKey("", ASYNC_TEST_CASE) and not _is_replaceable(classes, info):
        plan.edits.append(Edit(Span(span.end, span.end), f", {name}"))
        return
    plan.edits.append(Edit(span, name))
    if name.partition(".")[0] != head:
        plan.orphans.append(head)


def _without_base(analysis: Snapshot, info: ClassInfo, index: int) -> Edit:
    spans = [_span(analysis, info.path, *each.span) for each in info.bases]
    if index + 1 < len(spans):
        return Edit(Span(spans[index].start, spans[index + 1].start), "")
    if index:
        return Edit(Span(spans[index - 1].end, spans[index].end), "")
    reason = "it is the only base"
    raise Withdrawn(reason)


def _name_of(
    analysis: Snapshot, classes: Classes, path: str, base: Base, target: ClassKey
) -> tuple[str, tuple[str, str] | None]:
    """What a class is called in a file, and the import that it takes to call it so."""
    facts = analysis.facts(path)
    short = target.short_name
    if not target.path:
        module = target.name.rpartition(".")[0]
        if base.path[:-1] == (module,):
            return f"{module}.{short}", None
    else:
        found = analysis.importable(target.path, path)
        if found is None:
            reason = f"there is no way to import `{short}` from here"
            raise Withdrawn(reason)
        module = found
    for name, bounds in classes.shape.names.items():
        is_import = bounds[-1].what == "import" and not bounds[-1].guards
        if is_import and classes.names.resolve(path, (name,)) == (target,):
            return name, None
    if facts.is_bound(short):
        reason = f"`{short}` is something else in this file"
        raise Withdrawn(reason)
    return short, (module, short)


def _check_runner(plan: _Plan) -> None:
    """Note what no longer runs afterwards, what runs the tests in another way, or besides them; the worst first."""
    classes, info, before, above = plan.classes, plan.info, plan.before, plan.above
    lost = [
        key for key in before.classes[1:] if key.path and not any(key in order.classes for order in above)
    ]
    if lost:
        plan.reasons.append(f"what `{lost[0].short_name}` does is lost")
    was, is_ = before.has(TEST_CASE), any(order.has(TEST_CASE) for order in above)
    if was != is_:
        runner = "unittest" if is_ else "pytest"
        plan.reasons.append(f"{runner} itself runs the tests then")
    if before.has(ASYNC_TEST_CASE) != any(order.has(ASYNC_TEST_CASE) for order in above):
        plan.reasons.append("the tests get another event loop")
    own = set(info.names)
    known = set(before.classes)
    for order in above:
        for each in classes.sources_of(order):
            if each.key in known:
                continue
            for name in _RUNNERS:
                if each.defines(name):
                    plan.reasons.append(f"`{each.name}` has a `{name}` of its own")
            for name in HOOKS:
                method = each.method(name)
                if method is not None and not method.function.is_trivial:
                    plan.reasons.append(f"`{name}` of `{each.name}` runs for these tests then")
            if shared := sorted(own & each.names.keys() - HOOKS - {"__doc__", "__module__", "__test__"}):
                plan.reasons.append(f"`{each.name}` has a `{shared[0]}` too")
    if info.defines("__init__"):
        plan.reasons.append("it has an `__init__`")


def _is_awaited_by_pytest(classes: Classes) -> bool:
    """Whether pytest-asyncio was told to await async tests that are not marked."""
    return classes.world.config(classes.path).pytest.asyncio_mode == "auto"


def _check_marks(plan: _Plan) -> None:
    """Refuse to make pytest run async tests that nobody awaits then."""
    classes, info = plan.classes, plan.info
    is_test_case = any(order.has(TEST_CASE) for order in plan.above)
    if is_test_case or not plan.before.has(TEST_CASE) or _is_awaited_by_pytest(classes):
        return
    offered = [info.names, classes.shape.names, *map(classes.offers, plan.above)]
    if any("pytestmark" in names for names in offered) or _is_marked(info.decorators):
        return
    for method in info.places:
        if not (method.name.startswith("test") and method.function.is_async):
            continue
        if not _is_marked(method.function.decorators):
            reason = (
                f"pytest does not await `{method.name}`, which is not marked and `asyncio_mode` is not `auto`"
            )
            raise Withdrawn(reason)


def _is_marked(decorators: Iterable[Path]) -> bool:
    return any(names[-2:-1] == ("mark",) and names[-1] in _MARKS for names in decorators)


def _check_use(plan: _Plan) -> None:
    """Refuse where the class uses what it would lose."""
    analysis, classes, info = plan.analysis, plan.classes, plan.info
    before, above = plan.before, plan.above
    kept = frozenset(name for order in above for name in classes.offers(order)) | info.names.keys()
    lost = classes.offers(before) - kept - HOOKS
    text = analysis.facts(info.path).source.slice(info.body, info.end)
    used = sorted(set(re.findall(r"\.\s*(\w+)", text)) & lost)
    if used:
        reason = f"it uses `{used[0]}`, which is not there then"
        raise Withdrawn(reason)
    heirs = classes.descendants(info.key) if lost else ()
    if heirs is None or heirs:
        reason = "classes derive from it that may use what is not there then"
        raise Withdrawn(reason)
    if not before.has(TEST_CASE) and any(order.has(TEST_CASE) for order in above):
        for method in info.places:
            if method.name.startswith("test") and _takes_fixtures(plan, method):
                reason = f"`{method.name}` takes fixtures, which no `TestCase` gives"
                raise Withdrawn(reason)
        if "parametrize" in text or "usefixtures" in text:
            plan.reasons.append("`parametrize` does not work in a `TestCase`")


def _takes_fixtures(plan: _Plan, method: Method) -> bool:
    """Whether a test has more parameters than patches can hand in."""
    patches = [
        names
        for names in (*plan.info.decorators, *method.function.decorators)
        if any("patch" in each for each in names)
    ]
    if any("multiple" in names for names in patches):
        return False
    definition = definition_of(_source(plan), method)
    parameters = definition.child_by_field_name("parameters")
    needed = [
        each
        for each in (parameters.named_children if parameters is not None else ())
        if each.type == "identifier"
        or (each.type == "typed_parameter" and each.named_children[0].type == "identifier")
    ]
    return len(needed) - 1 > len(patches)


def _move_hooks(plan: _Plan) -> None:
    classes, info, before, above = plan.classes, plan.info, plan.before, plan.above
    is_test_case = any(order.has(TEST_CASE) for order in above)
    is_awaited = any(order.has(ASYNC_TEST_CASE) for order in above)
    source = _source(plan)
    keys = [key for order in above for key in order.classes]
    for method in info.places:
        if method.name not in HOOKS or info.method(method.name) is not method:
            continue
        if before.has(TEST_CASE) and not is_test_case and method.name in _FOR_PYTEST:
            if method.function.is_async:
                reason = f"pytest does not await `{_FOR_PYTEST[method.name]}`"
                raise Withdrawn(reason)
            _rename_hook(plan, method, _FOR_PYTEST[method.name], keys)
        elif is_awaited and method.function.is_async and method.name in _AWAITED:
            _await_hook(plan, method)
        else:
            overridden = _overridden(classes, keys, method.name)
            if overridden is not None and not any(super_calls(source, method)):
                call = super_call(method.function, overridden.function)
                plan.edits.append(with_super(source, method, call))


def _rename_hook(plan: _Plan, method: Method, name: str, keys: Sequence[ClassKey]) -> None:
    """`setUp` to `setup_method` and the like, calling what the bases have of either name."""
    classes = plan.classes
    source = _source(plan)
    call: str | None = None
    overridden = _overridden(classes, keys, name) or _overridden(classes, keys, method.name)
    has_call = any(super_calls(source, method))
    if overridden is not None:
        given = len(overridden.function.parameters) > 1
        call = f"super().{overridden.name}({'method' if given and name.endswith('_method') else ''})"
    elif any(_defines(classes, key, name) for key in keys):
        call = f"super().{name}({'method' if name.endswith('_method') else ''})"
    plan.edits += renamed(source, method, name, call)
    if overridden is not None and overridden.name == name and not has_call:
        plan.edits.append(with_super(source, method, str(call)))


def _await_hook(plan: _Plan, method: Method) -> None:
    """Async `setUp` to `asyncSetUp`, calling that of the base."""
    source = _source(plan)
    name = _AWAITED[method.name]
    plan.edits.append(Edit(_span(plan.analysis, plan.info.path, *method.name_span), name))
    for node in super_calls(source, method):
        plan.edits.append(Edit(source.span(node), f"await super().{name}()"))


def _overridden(classes: Classes, keys: Iterable[ClassKey], name: str) -> Method | None:
    """The method of that name among classes of the workspace that does something."""
    for key in keys:
        info = classes.info(key)
        method = info.method(name) if info is not None else None
        if method is not None and classes.is_of_workspace(key) and not method.function.is_trivial:
            return method
    return None


def _defines(classes: Classes, key: ClassKey, name: str) -> bool:
    info = classes.info(key)
    return info is not None and info.defines(name)


def _is_replaceable(classes: Classes, info: ClassInfo) -> bool:
    """Whether the base that makes a class a TestCase is unittest's own or an SSOT base: nothing else is lost."""
    index = _test_case_base(classes, info)
    options = classes.bases(info)[index] if index is not None else ()
    key = options[0] if len(options) == 1 else None
    return isinstance(key, ClassKey) and (key.name == TEST_CASE or classes.approved().is_base(key))


def _test_case_base(classes: Classes, info: ClassInfo) -> int | None:
    for index, options in enumerate(classes.bases(info)):
        for key in options:
            if isinstance(key, ClassKey) and any(o.has(TEST_CASE) for o in classes.lineages.orders(key)):
                return index
    return None


# --- places


def _class_at(analysis: Snapshot, finding: Finding) -> tuple[Classes, ClassInfo] | None:
    """The innermost class whose text holds the place of a finding."""
    classes = analysis.classes(finding.path)
    byte = analysis.facts(finding.path).source.byte(finding.span.start)
    around = [info for info in classes.all() if info.start <= byte < info.end]
    return (classes, around[-1]) if around else None


def _method_at(analysis: Snapshot, finding: Finding) -> tuple[Classes, ClassInfo, Method]:
    found = _class_at(analysis, finding)
    byte = analysis.facts(finding.path).source.byte(finding.span.start)
    for method in found[1].places if found is not None else ():
        if method.name_span[0] == byte and f"{found[1].name}.{method.name}" == finding.subject:  # type: ignore[index]
            return (*found, method)  # type: ignore[misc]
    raise _gone()


def _base_index(analysis: Snapshot, info: ClassInfo, finding: Finding) -> int | None:
    byte = analysis.facts(finding.path).source.byte(finding.span.start)
    found = (index for index, base in enumerate(info.bases) if base.span[0] == byte)
    return next(found, None)


def _word(analysis: Snapshot, finding: Finding) -> str:
    return analysis.text(finding.path)[slice(*finding.span)]


def _change(analysis: Snapshot, fix: Fix, plan: _Plan) -> Change:
    path = fix.finding.path
    return Change(
        path, with_imports(analysis, path, plan.edits, plan.added, [each for each in plan.orphans if each])
    )


def _span(analysis: Snapshot, path: str, start: int, end: int) -> Span:
    source = analysis.facts(path).source
    return Span(source.offset(start), source.offset(end))


def _source(plan: _Plan) -> Source:
    return plan.analysis.facts(plan.info.path).source


def _gone() -> Withdrawn:
    return Withdrawn("it is no longer there")
