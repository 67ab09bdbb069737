"""Where a cursor stands, in text of any state: `<CURSOR>` in, what is around it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.ide.call_context import context_at
from tests.ide.completing import split

if TYPE_CHECKING:
    from ssot_lsp.ide.call_context import Context


def described(context: Context, text: str) -> str:
    """A context in a line."""
    parts: list[str] = [context.kind]
    if word := text[slice(*context.word)]:
        parts.append(repr(word))
    if context.receiver:
        parts.append(f"of {'.'.join(context.receiver)}")
    if context.target:
        parts.append(f"to {'.'.join(context.target)}{context.annotation and ': '}{context.annotation}")
    if context.class_name:
        parts.append(f"base of {context.class_name}")
    if context.is_decorator:
        parts.append("decorator")
    if call := context.call:
        place = call.keyword or ("?" if call.positional is None else str(call.positional))
        parts.append(f"in {'.'.join(call.path)} at {place}{'' if call.is_start else ' under way'}")
        if call.in_list:
            parts.append(f"list with {sorted(call.strings)}")
        if call.given:
            parts.append(f"given {sorted(call.given)}")
    return ", ".join(parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # attributes
        ("F.<CURSOR>", "attribute, of F"),
        ("F.cre<CURSOR>ate", "attribute, 'create', of F"),
        ("x = F().a[0].<CURSOR>\nfoo(", "attribute, of F.().a.[], to x"),
        ("F \\\n  . <CURSOR>", "attribute, of F"),
        ("foo(\n    F\n    .<CURSOR>", "attribute, of F, in foo at 0"),
        ("return F.<CURSOR>", "attribute, of F"),
        ("x = [F.<CURSOR> for y in z", "attribute, of F"),
        ("f(F(a, (b)).<CURSOR>", "attribute, of F.(), in f at 0"),
        ("1.<CURSOR>", "nothing"),
        ("'a'.<CURSOR>", "nothing"),
        ("(await f()).<CURSOR>", "nothing"),
        ("...<CURSOR>", "nothing"),
        ("not.<CURSOR>", "nothing"),
        ("from .<CURSOR>", "nothing"),
        # targets
        ("mock_ws = <CURSOR>", "name, to mock_ws"),
        ("a = b = M<CURSOR>", "name, 'M', to b"),
        ("self.x: T[int] = await F.<CURSOR>", "attribute, of F, to self.x: T[int]"),
        ("x = 1; y = <CURSOR>", "name, to y"),
        ("x == <CURSOR>", "name"),
        ("x = a or <CURSOR>", "name"),
        ("x[0] = <CURSOR>", "name, to x.[]"),
        ("f() = <CURSOR>", "name"),
        ("f(x=<CURSOR>", "name, in f at x"),
        # calls
        ("f(<CURSOR>", "name, in f at 0"),
        ("f(a, *b, c, <CURSOR>", "name, in f at ?"),
        ("f(a, **b, <CURSOR>)", "name, in f at 2"),
        ("f(a, k=1, <CURSOR>, m=g(n=2))", "name, in f at 1, given ['k', 'm']"),
        ("f(a + <CURSOR>", "name, in f at 0 under way"),
        ("f(lambda: g(1), <CURSOR>", "name, in f at 1"),
        ("f({'a': (1, 2)}, <CURSOR>", "name, in f at 1"),
        ("f(  # (\n    '(',\n    <CURSOR>", "name, in f at 1"),
        ("f(x for x in y if <CURSOR>", "name, in f at 0 under way"),
        ("x = (<CURSOR>", "name"),
        ("if (<CURSOR>", "name"),
        ("f()(<CURSOR>", "name, in f.() at 0"),
        # strings
        ("f('<CURSOR>", "string, in f at 0"),
        ('f("we<CURSOR>b", 1)', "string, 'web', in f at 0"),
        ('f("<CURSOR>, k="x")', "string, in f at 0, given ['k']"),
        ("f(['a', '<CURSOR>', 'b'], k=1)", "string, in f at 0, list with ['a', 'b'], given ['k']"),
        ("f(k=('a', '<CURSOR>", "string, in f at k, list with ['a']"),
        ("f(x['<CURSOR>']", "string"),
        ("f('''a\n<CURSOR>", "string, 'a\\n', in f at 0"),
        ("'\\'<CURSOR>", 'string, "\\\\\'"'),
        ("f'{a['<CURSOR>']}'", "nothing"),
        ("x = 'it''s' <CURSOR>", "nothing"),
        ("@d('<CURSOR>')", "string, decorator, in d at 0"),
        # classes and decorators
        ("class T(<CURSOR>", "name, base of T"),
        ("class T(A, b.<CURSOR>):", "attribute, of b, base of T"),
        ("class T(A, metaclass=<CURSOR>", "name"),
        ("@mo<CURSOR>", "name, 'mo', decorator"),
        # where no name of ours stands
        ("def f(<CURSOR>", "nothing"),
        ("def f(a, b<CURSOR>", "nothing, 'b'"),
        ("def f(a: <CURSOR>", "name"),
        ("def f(a=<CURSOR>", "name"),
        ("def f<CURSOR>", "nothing, 'f'"),
        ("class T<CURSOR>", "nothing, 'T'"),
        ("import os as o<CURSOR>", "nothing, 'o'"),
        ("a b<CURSOR>", "nothing, 'b'"),
        ("12<CURSOR>", "nothing"),
        # comments
        ("x = 1  # a <CURSOR>b", "comment, '# a b'"),
        ("'# a' <CURSOR>", "nothing"),
        # broken above
        ("foo(\n\ndef test():\n    x = <CURSOR>", "name, to x"),
        ("foo(\n\nx = F.<CURSOR>", "attribute, of F, to x"),
        ("foo(a,\nb=<CURSOR>", "name, in foo at b"),
        ("x = 'open\ny = <CURSOR>", "name, to y"),
        ("x = )\ny = <CURSOR>", "name, to y"),
        ("try:\n    f(\nexcept E:\n    y = <CURSOR>", "name, to y"),
        ("f(\n    g(\n@d(<CURSOR>", "name, decorator, in d at 0"),
        ('"""\ndef f(\n"""\nx = <CURSOR>', "name, to x"),
        ("f(<CURSOR>\ny = g(k=1)", "name, in f at 0"),
        ("\r\nx = F.<CURSOR>\r\ny", "attribute, of F, to x"),
        ("", None),
    ],
)
def test_what_is_around_a_cursor(text: str, expected: str | None) -> None:
    if expected is None:
        assert context_at("", 0).kind == "name"
        return
    bare, offset = split(text)
    assert described(context_at(bare, offset), bare) == expected


def test_a_cursor_outside_of_the_text_counts_as_its_end() -> None:
    assert context_at("F.", 99).kind == "attribute"
    assert context_at("F.", -1).kind == "name"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"' + "\\" * 20_000, id="backslashes"),
        pytest.param('"""' + 'a"' * 20_000, id="quotation marks in an open string"),
        pytest.param("(" * 20_000, id="brackets"),
        pytest.param("f(a, " * 5_000, id="calls in calls"),
        pytest.param("x." * 20_000, id="a long path"),
    ],
)
def test_strange_text_is_read_all_the_same(text: str) -> None:
    for offset in (len(text), len(text) // 2):
        assert context_at(text, offset).cursor == offset
