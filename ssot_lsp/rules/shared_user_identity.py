"""Flags doubles of different users that have one identity.

Two products of the same factory method in one function are of different users when their names differ only by a
marker: a letter, a number, an ordinal or a person (`user_a_ws` and `user_b_ws`, `ws_1` and `ws_2`, `first_ws` and
`second_ws`, `alice` and `bob`). Their identity is the first of `isolation-parameters` that the method takes, mostly
`user_id`. It is one when both are given the same literal, or both have the factory's default, which is a literal
too. Where the names do not speak of users, another identity that differs (`connection_id`) tells that they are two
things of one user, and nothing is said. Values that are no literals are not compared.

## Why is this bad?

The test is about two users and there is only one: what leaks from the first to the second cannot be seen.

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


def test_events_stay_with_their_user(chat):
    ws_a = SSotMockFactory.create_websocket_mock()
    ws_b = SSotMockFactory.create_websocket_mock()  # error
    chat.greet(ws_a)
    ws_b.send_json.assert_not_called()
```

Use instead:

`tests/test_chat.py`:

```python
from shared.factory import SSotMockFactory


def test_events_stay_with_their_user(chat):
    ws_a = SSotMockFactory.create_websocket_mock(user_id="test-user-a")
    ws_b = SSotMockFactory.create_websocket_mock(user_id="test-user-b")
    chat.greet(ws_a)
    ws_b.send_json.assert_not_called()
```

## Fix safety

Each double gets a literal of its own, made from the shared one and the marker of its name. A test that only
passed because both were one user fails then, which is what it is there for, so each edit needs a look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Related, Severity
from ssot_lsp.isolation import products, shared
from ssot_lsp.rules.base import BY_FACTORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.rules.base import RuleContext

NAME = "shared-user-identity"
SEVERITY = Severity.WARNING
NEEDLES = BY_FACTORY


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each product that has the identity of an earlier one of another user."""
    for product, first in shared(list(products(ctx.factory_uses, ctx.config.isolation_parameters))):
        parameter = product.takes[0]
        how = "" if parameter in product.gives else ", the default"
        message = f"`{product.name}` has the same `{parameter}` as `{first.name}`: `{product.identity}`{how}"
        related = Related(ctx.path, first.use.span, f"`{first.name}` is made here")
        subject = ctx.subject_in(product.method.name, product.use.unit)
        yield Finding(NAME, ctx.path, product.use.span, message, SEVERITY, (related,), subject)
