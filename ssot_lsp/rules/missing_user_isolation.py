"""Flags calls of the factory that take an identity and are given none, although there is one to give.

A method takes an identity when it has one of `isolation-parameters` (`user_id`, `thread_id`, `run_id`, `request_id`,
`websocket_client_id`, `connection_id`). There is one to give when such a name is bound at the call: a local, a
parameter, a loop variable, `self.test_user_id`, a constant; or when the same function makes the same double for
another user, who has one: names that differ only by a marker (`ws_a` and `ws_b`, `first_ws` and `second_ws`). What
may be None, or is bound in a branch that may not run, does not count, and of several users none is taken for the one
in scope.

## Why is this bad?

The double then belongs to the factory's default user. A test of whether one user's events reach another one passes
because both are the same, and code that mixes users up looks right.

## Example

`shared/factory.py`:

```python
from unittest.mock import MagicMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock(connection_id="test-connection", user_id="test-user"):
        return MagicMock(connection_id=connection_id, user_id=user_id)
```

`tests/test_chat.py`:

```python
from shared.factory import SSotMockFactory


def test_greeting(chat):
    user_id = "ada"
    websocket = SSotMockFactory.create_websocket_mock()  # error
    chat.greet(user_id, websocket)
```

Use instead:

`tests/test_chat.py`:

```python
from shared.factory import SSotMockFactory


def test_greeting(chat):
    user_id = "ada"
    websocket = SSotMockFactory.create_websocket_mock(user_id=user_id)
    chat.greet(user_id, websocket)
```

## Fix safety

The identities that are in scope are passed by keyword. The double then belongs to somebody else than before, and a
test that compares it with the factory's default fails, so each edit needs a look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Related, Severity
from ssot_lsp.identities import identities
from ssot_lsp.isolation import others, products, shared
from ssot_lsp.rules.base import BY_FACTORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp.isolation import Product
    from ssot_lsp.rules.base import RuleContext

NAME = "missing-user-isolation"
SEVERITY = Severity.HINT
NEEDLES = BY_FACTORY


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each call that passes no identity where there is one."""
    found = list(products(ctx.factory_uses, ctx.config.isolation_parameters))
    if all(each.gives for each in found):
        return
    # Of several users none is simply the one in scope: who has an identity shows that the others need theirs.
    with_identity: dict[int, Product | None] = {}
    for group in others(found):
        known = next((each for each in group if each.gives), None)
        with_identity.update((each.use.span.start, known) for each in group)
    is_shared = ctx.config.is_enabled("shared-user-identity", ctx.path)
    told = {each.product.use.span.start for each in shared(found)} if is_shared else set()
    for each in found:
        if each.gives or each.use.span.start in told:
            continue
        use = each.use
        if use.span.start not in with_identity:
            in_scope = identities(ctx.world, ctx.path, use.unit, use.scope, use.span.start)
            values = [in_scope[name] for name in each.takes if name in in_scope]
            if not values:
                continue
            message = f"`{each.method.name}` is not given {_listed(values)}, which {_are(values)} in scope"
            yield _finding(ctx, each, message)
        elif (other := with_identity[use.span.start]) is not None:
            given = next(iter(other.gives))
            message = f"`{each.name}` is given no `{given}`, and `{other.name}`, of another user, is"
            related = Related(ctx.path, other.use.span, f"`{other.name}` is made here")
            yield _finding(ctx, each, message, (related,))


def _finding(ctx: RuleContext, product: Product, message: str, related: tuple[Related, ...] = ()) -> Finding:
    subject = ctx.subject_in(product.method.name, product.use.unit)
    return Finding(NAME, ctx.path, product.use.span, message, SEVERITY, related, subject)


def _listed(values: Sequence[str]) -> str:
    shown = [f"`{each}`" for each in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _are(values: Sequence[str]) -> str:
    return "is" if len(values) == 1 else "are"
