"""Whatever is called safe changes nothing: generated doubles and factories, run before and after the fix.

A generated test makes a double, configures it, uses it and hands it on; a generated factory configures its own. Each
safe fix is applied, and both texts are run: what is called, returned, awaited and raised has to be the same. What a
double is handed on to looks into every attribute of it, as deep as anything is set.
"""

from __future__ import annotations

import asyncio
import re
import sys
import textwrap
import warnings
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest.mock import NonCallableMock

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from ssot_lsp.analysis import Workspace
from ssot_lsp.fixes import Withdrawn
from ssot_lsp.text import apply_edits

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssot_lsp.analysis import Analysis

MODULE = "generated_ssot_factory"
FACTORY = f"/workspace/{MODULE}.py"
TEST = "/workspace/tests/test_it.py"
CLASSES = ("Mock", "MagicMock", "AsyncMock")
NAMES = ("a", "b", "user_id")
VALUES = ("1", "'x'", "None", "[1, 2]", "''", "{'k': 1}")
DEEPEST = 3
IMPORTS = "from unittest.mock import AsyncMock, MagicMock, Mock\n\n\n"

# --- what is generated

classes = st.sampled_from(CLASSES)
names = st.sampled_from(NAMES)
values = st.sampled_from(VALUES)
paths = st.lists(st.sampled_from([*NAMES, "return_value"]), min_size=1, max_size=3).filter(
    lambda each: each[0] != "return_value" or len(each) < 3
)


@st.composite
def doubles(draw: st.DrawFn, cls: str = "", depth: int = 1) -> str:
    """A constructor call, of `cls` for the most part."""
    arguments = []
    if draw(st.integers(0, 2)) == 0:
        arguments.append(
            f"return_value={draw(values if depth == 0 else st.one_of(values, doubles(depth=depth - 1)))}"
        )
    if draw(st.integers(0, 5)) == 0:
        arguments.append(
            f"side_effect={draw(st.sampled_from(['[1, 2, 3]', 'ValueError', 'None', 'lambda *_: 5']))}"
        )
    if draw(st.integers(0, 3)) == 0:
        arguments.append(
            f"{draw(names)}={draw(values if depth == 0 else st.one_of(values, doubles(depth=depth - 1)))}"
        )
    if draw(st.integers(0, 7)) == 0:
        arguments.append(f"**{{'{'.'.join(draw(paths))}': {draw(values)}}}")
    if draw(st.integers(0, 9)) == 0:
        arguments.append("name='n'")
    of = cls if cls and draw(st.integers(0, 9)) else draw(classes)
    return f"{of}({', '.join(arguments)})"


bare = classes.map(lambda name: f"{name}()")


@st.composite
def factories(draw: st.DrawFn, cls: str) -> str:
    """A factory whose method builds a double of the class `cls` and may do more."""
    made = draw(
        st.sampled_from([f"{cls}()", f"{cls}()", f"{cls}()", f"{cls}(a={draw(values)})", f"{cls}(**kwargs)"])
    )
    lines = [f"ws = {made}"]
    for _ in range(draw(st.integers(0, 3))):
        path = ".".join(draw(paths))
        kind = draw(st.integers(0, 13))
        if kind <= 3:
            lines.append(f"ws.{draw(names)} = {cls}()")
        elif kind == 4:
            lines.append(f"ws.{path} = {draw(doubles())}")
        elif kind == 5:
            lines.append(f"ws.{path} = {draw(values)}")
        elif kind == 6:
            lines.append("ws.user_id = user_id")
        elif kind == 7:
            lines.append(
                draw(
                    st.sampled_from(
                        ["ws.user_id = user_id or 'd'", "ws.user_id = 'd' if user_id is None else user_id"]
                    )
                )
            )
        elif kind == 8:
            lines.append(f"if user_id is None:\n    user_id = 'd'\nws.{draw(names)} = user_id")
        elif kind == 9:
            lines.append(f"if user_id:\n    ws.{draw(names)} = {draw(st.one_of(values, bare))}")
        elif kind == 10:
            lines.append(f"for n in ('a', 'b'):\n    setattr(ws, n, {draw(st.one_of(values, bare))})")
        elif kind == 11:
            lines.append(f"ws.configure_mock(**{{'{path}': {draw(values)}}})")
        elif kind == 12:
            lines.append(
                draw(
                    st.sampled_from(
                        [
                            "ws.configure_mock(**kwargs)",
                            "ws.__aenter__.return_value = ws",
                            "ws.__enter__ = MagicMock(return_value=ws)",
                            "ws.a.b = ws",
                            "shared = MagicMock()\nws.a = shared\nws.b = shared",
                            "other = Mock()\nother.ws = ws",
                            "ws.a = cls.create_part()",
                            "ws.a(1)",
                            "ws.reset_mock()",
                            "del ws.b",
                            "type(ws).a = PropertyMock(return_value=1)",
                        ]
                    )
                )
            )
        else:
            lines.append(
                f"ws.{draw(names)}.side_effect = {draw(st.sampled_from(['ValueError', '[1]', 'None']))}"
            )
    body = textwrap.indent("\n".join(lines), "        ")
    return (
        "from unittest.mock import AsyncMock, MagicMock, Mock, PropertyMock\n\n\n"
        "class SSotMockFactory:\n    @classmethod\n"
        f"    def create_websocket_mock(cls, user_id=None, **kwargs):\n{body}\n        return ws\n\n"
        "    @classmethod\n    def create_part(cls):\n        part = MagicMock()\n        part.b = 1\n        return part\n"
    )


@st.composite
def uses(draw: st.DrawFn, name: str) -> str:
    """A statement about the double `name`."""
    path = f"{name}.{'.'.join(draw(paths))}"
    child = f"{name}.{draw(names)}"
    kind = draw(st.integers(0, 23))
    if kind <= 2:
        return f"{child} = {draw(bare)}"
    if kind <= 4:
        return f"{path} = {draw(st.one_of(values, doubles()))}"
    if kind <= 6:
        return f"{child}.return_value = {draw(values)}"
    if kind == 7:
        return f"{child}.side_effect = {draw(st.sampled_from(['ValueError', '[1]', 'None']))}"
    if kind == 8:
        return f"await {child}({draw(values)})"
    if kind == 9:
        return f"{child}({draw(values)})"
    if kind == 10:
        return f"out.append(look(await {child}()))"
    if kind == 11:
        return f"out.append(look({child}()))"
    if kind == 12:
        return f"{child}.assert_called_once_with({draw(values)})"
    if kind == 13:
        return f"out.append({child}.call_count)"
    if kind == 14:
        return f"out.append(calls({name}))"
    if kind == 15:
        return f"out.append(len({name}.mock_calls))"
    if kind == 16:
        return f"out.append(look({child}))"
    if kind == 17:
        return f"async with {child} as entered:\n    out.append(look(entered))"
    if kind == 18:
        return f"with {child}:\n    pass"
    if kind == 19:
        return f"if {child} is None:\n    out.append(1)"
    if kind == 20:
        return draw(
            st.sampled_from(
                [
                    f"def later():\n    return {child}\nout.append(look(later()))",
                    f"out.append([look(each) for each in ({child},)])",
                    f"{name}.configure_mock(a=1)",
                    f"{name}.attach_mock(Mock(), 'a')",
                    f"{name}.reset_mock()",
                    f"{name}.reset_mock(return_value=True)",
                    f"del {child}",
                    f"out.append(f'{{{child}}}'[:5])",
                    f"out.append(hasattr({name}, 'a'))",
                    f"other = {name}\nother.a = 3",
                    f"parent.child = {name}\n{name}.a(1)\nout.append(len(parent.mock_calls))",
                    f"{child}['k']",
                    f"out.append(repr(type({name})))",
                    f"for each in {child}:\n    out.append(look(each))",
                    f"{name}.a.b = {name}",
                    f"if out:\n    {child} = {draw(values)}",
                    f"for _ in range(2):\n    {child} = {draw(st.one_of(values, bare))}\n    out.append(look({name}))",
                ]
            )
        )
    return f"out.append(look({name}))"


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, str]:
    """A test that makes a double in some shape and uses it, and a factory for the like."""
    cls = draw(classes)
    return IMPORTS + draw(scenarios(cls)), draw(factories(cls))


@st.composite
def scenarios(draw: st.DrawFn, cls: str) -> str:
    made = draw(st.one_of(st.just(f"{cls}()"), st.just(f"{cls}()"), doubles(cls)))
    shape = draw(st.integers(0, 11))
    count = st.integers(0, 5)
    if shape <= 5:
        first = draw(
            st.sampled_from(
                [
                    f"ws = {made}",
                    f"ws: object = {made}",
                    f"(ws := {made})",
                    f"ws, other = {made}, 1",
                    f"ws = other = {made}",
                    f"parent.child = ws = {made}",
                    f"ws = {made}; out.append(1)",
                    f"if not out: ws = {made}",
                    f"for _ in range(2):\n    ws = {made}",
                ]
            )
        )
        lines = [first, *(draw(uses("ws")) for _ in range(draw(count)))]
        return _function(lines)
    if shape <= 7:
        setup = [f"self.ws = {made}", *(draw(uses("self.ws")) for _ in range(draw(st.integers(0, 3))))]
        lines = [draw(uses("self.ws")) for _ in range(draw(count))]
        return (
            "class TestIt:\n    async def setup_method(self, out, look, calls, parent):\n"
            f"{textwrap.indent(chr(10).join(setup), ' ' * 8)}\n\n"
            "    async def test_it(self, out, look, calls, parent):\n"
            f"{textwrap.indent(chr(10).join([*lines, 'pass']), ' ' * 8)}\n\n\n"
            "async def test_it(*given):\n    it = TestIt()\n    await it.setup_method(*given)\n    await it.test_it(*given)\n"
        )
    lines = {
        8: [f"out.append(look({made}, websocket={made}))"],
        9: [f"given = {{'websocket': {made}}}", "out.append(look(given['websocket']))"],
        10: [
            "async def websocket():",
            f"    ws = {made}",
            textwrap.indent(draw(uses("ws")), "    "),
            "    return ws",
            "out.append(look(await websocket()))",
        ],
        11: [
            f"def serve(websocket={made}):",
            "    return look(websocket)",
            "out.append(serve())",
            "out.append(serve())",
        ],
    }[shape]
    return _function(lines)


def _function(lines: list[str]) -> str:
    body = textwrap.indent("\n".join(lines), "    ")
    return f"async def test_it(out, look, calls, parent):\n{body}\n"


# --- how it is run


def look(value: Any, *_: Any, depth: int = DEEPEST, **more: Any) -> Any:
    """All that can be seen of a value: class, attributes, results, what it records; its `repr` where it is no double."""
    for each in more.values():
        value = each
    if not isinstance(value, NonCallableMock):
        return _shown(value) if not asyncio.iscoroutine(value) else _closed(value)
    seen: list[Any] = [type(value).__name__, asyncio.iscoroutinefunction(value), value._mock_name == "n"]
    if depth == 0:
        return seen
    seen += [look(_tried(partial(getattr, value, name)), depth=depth - 1) for name in NAMES]
    seen += [look(_tried(lambda: _called(value)), depth=depth - 1)]
    seen += [look(_tried(lambda: _called(value, 1)), depth=depth - 1)]
    seen += [_tried(lambda: look(value.__enter__(), depth=0)), _tried(lambda: look(iter(value), depth=0))]
    seen.append(_tried(lambda: look(_run(value.__aenter__()), depth=0)))
    if depth == DEEPEST:
        seen.append(calls(value))
    return seen


def _closed(coroutine: Any) -> str:
    coroutine.close()
    return "coroutine"


def _tried(what: Callable[[], Any]) -> Any:
    try:
        return what()
    except Exception as error:  # noqa: BLE001 - whatever is raised is part of the outcome
        return f"raised {type(error).__name__}"


def _called(value: Any, *arguments: Any) -> Any:
    result = value(*arguments)
    return ("awaited", look(_run(result), depth=0)) if asyncio.iscoroutine(result) else result


def _run(coroutine: Any) -> Any:
    """What a coroutine that waits for nothing returns."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError


def calls(value: Any) -> list[str]:
    """What a double recorded, with other doubles by their class alone."""
    return [_shown(each) for each in value.mock_calls]


def _shown(value: Any) -> str:
    """A value without what differs from run to run: addresses."""
    return re.sub(r"<\w+ [^<>]*?id='\d+'>|0x[0-9a-f]+", "…", repr(value))


def outcome(text: str, factory: str) -> list[Any]:
    """What running the test of `text` shows."""
    from unittest.mock import Mock

    module = ModuleType(MODULE)
    exec(compile(factory, FACTORY, "exec"), module.__dict__)  # noqa: S102 - the text is made here
    sys.modules[MODULE] = module
    out: list[Any] = []
    try:
        names: dict[str, Any] = {"__name__": "generated"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(text, TEST, "exec"), names)  # noqa: S102 - as above
            out.append(_tried(lambda: _run(names["test_it"](out, look, calls, Mock()))))
    finally:
        del sys.modules[MODULE]
    return out


def analysed(test: str, factory: str) -> Analysis:
    mapped = {"ws": "create_websocket_mock", "websocket": "create_websocket_mock"}
    workspace = Workspace(folders=["/workspace"], adjust=lambda config: replace(config, factory_map=mapped))
    workspace.write(FACTORY, factory)
    workspace.write(TEST, test)
    return workspace.snapshot()


def safely_fixed(test: str, factory: str) -> list[str]:
    """The test after each of its safe swaps, one at a time."""
    analysis = analysed(test, factory)
    found = []
    for finding in analysis.findings(TEST):
        for fix in analysis.fixes(finding):
            if fix.maker == "swap" and fix.kind == "safe":
                try:
                    found.append(apply_edits(test, analysis.edit(fix).edits))
                except Withdrawn as error:
                    note(f"{fix.title}: {error}")
    return found


# What is applied on save without a look has to hold up to more than the rest, in every run.
@settings(max_examples=max(2_000, settings().max_examples))
@given(case=cases())
def test_safe_swap_changes_no_outcome(case: tuple[str, str]) -> None:
    test, factory = case
    for after in safely_fixed(test, factory):
        note(factory)
        note(test)
        note(after)
        assert outcome(after, factory) == outcome(test, factory)


SIMPLE = (
    IMPORTS + "async def test_it(out, look, calls, parent):\n    ws = MagicMock()\n    out.append(look(ws))\n"
)


def factory_of(statement: str) -> str:
    return (
        "from unittest.mock import AsyncMock, MagicMock, Mock\n\n\nclass SSotMockFactory:\n    @classmethod\n"
        f"    def create_websocket_mock(cls):\n        ws = MagicMock()\n        {statement}\n        return ws\n"
    )


def test_something_is_safe() -> None:
    assert len(safely_fixed(SIMPLE, factory_of("ws.a = MagicMock()"))) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "ws.a = AsyncMock()",
        "ws.a.b.return_value = 1",
        "ws.user_id = 'x'",
        "ws(1)",
        "ws.a = ws.b = MagicMock()",
    ],
)
def test_a_difference_is_seen_and_never_called_safe(statement: str) -> None:
    factory = factory_of(statement)
    by_hand = SIMPLE.replace("ws = MagicMock()", "ws = SSotMockFactory.create_websocket_mock()")
    by_hand = f"from {MODULE} import SSotMockFactory\n{by_hand}"

    assert outcome(by_hand, factory) != outcome(SIMPLE, factory)
    assert safely_fixed(SIMPLE, factory) == []
