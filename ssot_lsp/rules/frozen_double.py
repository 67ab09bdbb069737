"""Flags attributes that are written on doubles which do not take them.

A factory method may hand out a real object that is frozen: every write raises. A sealed double takes no attribute
that it does not have. A double that follows a class takes any attribute, but one that the class lacks tests something
that cannot happen. Followed are names and attributes of `self` that are assigned a factory call once, in the function
that writes, and what a test gets from a fixture that does nothing but make it; what such a method hands out is read from its source, and where that leaves doubt nothing is said.

## Why is this bad?

A write on a frozen object raises in the middle of the set-up. A made-up attribute never fails: the test goes on
passing when the code that it is about reads an attribute that no real object has.

## Example

`factories.py`:

```python
from dataclasses import dataclass


@dataclass(frozen=True)
class UserContext:
    user_id: str
    thread_id: str


class SSotMockFactory:
    @staticmethod
    def create_mock_user_context(user_id="test-user", thread_id="test-thread"):
        return UserContext(user_id=user_id, thread_id=thread_id)
```

`test_example.py`:

```python
from factories import SSotMockFactory


def test_owner():
    context = SSotMockFactory.create_mock_user_context()
    context.user_id = "ada"  # error
    assert context.user_id == "ada"
```

Use instead:

`test_example.py`:

```python
from factories import SSotMockFactory


def test_owner():
    context = SSotMockFactory.create_mock_user_context(user_id="ada")
    assert context.user_id == "ada"
```

## Fix safety

Folding the value into the call needs review: the write raises today, so that the test goes on where it ended, and
what the method makes of the argument is more than the attribute. It is offered where the method has a parameter of
that name, and the value is no call and means the same at both places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.finding import Finding, Severity
from ssot_lsp.index.expectations import is_expected
from ssot_lsp.index.factory import Product
from ssot_lsp.index.handed_out import written
from ssot_lsp.index.members import may_have
from ssot_lsp.index.writes import writes_to
from ssot_lsp.rules.base import BY_FACTORY
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.index.factory import FactoryMethod
    from ssot_lsp.index.factory_uses import FactoryUse
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.WARNING
NEEDLES = BY_FACTORY

_MOCKS = frozenset({Product.ASYNC_MOCK, Product.MAGIC_MOCK, Product.MOCK})
# What every double takes, whatever it follows.
_OF_MOCKS = frozenset(
    {"return_value", "side_effect", "mock_calls", "method_calls", "call_args", "call_args_list"}
)
_ERRORS = ("AttributeError", "FrozenInstanceError", "FrozenError", "TypeError", "ValidationError")


class _Refusal(NamedTuple):
    """Why a product does not take attributes: in words, and whether it takes those that it has."""

    words: str
    takes_own: bool


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each attribute that is written on a product that does not take it."""
    source = ctx.facts.source
    for use in ctx.factory_uses:
        method = use.method
        if method is None or use.call is None:
            continue
        refusal = _refusal(use, method)
        if refusal is None:
            continue
        for name, (start, end) in writes_to(use):
            if name.startswith("__") or name in _OF_MOCKS or (refusal.takes_own and _has(ctx, method, name)):
                continue
            at = start - use.unit.start
            if is_expected(use.unit, at, _ERRORS) or is_expected(use.unit, at, ()):
                continue
            span = Span(source.offset(start), source.offset(end))
            message = f"`{name}` is written on {refusal.words}"
            subject = ctx.subject_in(f"{use.name}().{name}", use.unit)
            yield Finding("frozen-double", ctx.path, span, message, SEVERITY, subject=subject)
    yield from _on_fixtures(ctx)


def _on_fixtures(ctx: RuleContext) -> Iterator[Finding]:
    """What is written on the products that fixtures hand out."""
    for each in written(ctx.world, ctx.path):
        ctx.dependencies.add(each.path)
        ctx.dependencies.update(ctx.world.factories_of(ctx.path).found.touched)
        method = each.use.method
        refusal = _refusal(each.use, method) if method is not None else None
        start, end = each.reference.span
        if (
            method is None
            or refusal is None
            or each.name.startswith("__")
            or each.name in _OF_MOCKS
            or (refusal.takes_own and _has(ctx, method, each.name))
            or is_expected(each.unit, start, _ERRORS)
            or is_expected(each.unit, start, ())
        ):
            continue
        span = ctx.span(each.unit.start + start, each.unit.start + end)
        if not ctx.is_exempt(span):
            message = f"`{each.name}` is written on {refusal.words}"
            subject = ctx.subject_in(f"{each.use.name}().{each.name}", each.unit)
            yield Finding("frozen-double", ctx.path, span, message, SEVERITY, subject=subject)


def _refusal(use: FactoryUse, method: FactoryMethod) -> _Refusal | None:
    products = method.products
    spec = f"`{method.specs[0].rpartition('.')[2]}`" if len(method.specs) == 1 else ""
    if Product.FROZEN in products:
        if products == {Product.REAL, Product.FROZEN} and method.alternatives == 1:
            return _Refusal(f"a frozen {spec or 'object'}", takes_own=False)
        # The real thing, and a mock where it cannot be had; not what an argument chooses.
        if (
            products <= {Product.REAL, Product.FROZEN, *_MOCKS}
            and method.alternatives == 2
            and not _may_choose(use)
        ):
            return _Refusal(f"what may be a frozen {spec or 'object'}", takes_own=False)
        return None
    if method.alternatives != 1 or method.is_open:
        return None
    if Product.SEALED in products and products <= {*_MOCKS, Product.SPECCED, Product.SEALED}:
        return _Refusal("a sealed double, which does not have it", takes_own=True)
    if Product.SPECCED in products and products <= {*_MOCKS, Product.SPECCED} and spec:
        return _Refusal(f"a double of {spec}, which does not have it", takes_own=True)
    return None


def _may_choose(use: FactoryUse) -> bool:
    """Whether an argument of the call may decide which of its products a method hands out."""
    call = use.call
    data, base = use.unit.data, use.unit.start
    switches = {b"True", b"False", b"None"}
    return call is None or any(
        each.keyword in {"*", "**"} or data[base + each.span[0] : base + each.span[1]] in switches
        for each in call.arguments
    )


def _has(ctx: RuleContext, method: FactoryMethod, name: str) -> bool:
    """Whether the product has an attribute of that name, or may have it."""
    outline = ctx.world.factories_of(ctx.path).outline
    return may_have(outline, method, name, ctx.world.module_path)
