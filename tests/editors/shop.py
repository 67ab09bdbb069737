"""The workspace that the editors open: the sample factory, and tests that do without it."""

from __future__ import annotations

from importlib.resources import files

FACTORY = files("ssot_lsp.scaffold").joinpath("mock_factory.py").read_text(encoding="utf-8")
BASES = files("ssot_lsp.scaffold").joinpath("base_test_case.py").read_text(encoding="utf-8")

# an unjustified mock in line 9, column 19
PAY = '''"""What a customer pays."""

from unittest.mock import Mock

from shop import pay


def test_pay():
    gateway = Mock()
    gateway.charge.return_value = "R-42"
    assert pay(gateway, 570) == "R-42"
'''

# a mock that the factory has a method for in line 8, column 17; in line 14 one that is safe to replace
SEND = """from unittest.mock import AsyncMock

from test_framework.ssot.mock_factory import SSotMockFactory


async def test_send():
    user_id = "u-1"
    websocket = AsyncMock()
    await notify(websocket, user_id)
    websocket.send_json.assert_awaited_once()


async def test_agent():
    agent = AsyncMock()
    agent.execute = AsyncMock(return_value={"status": "completed"})
    await agent.execute()
"""

FIXED = SEND.replace("agent = AsyncMock()", "agent = SSotMockFactory.create_agent_mock()")

# its test is never awaited once `Shared` is a plain TestCase
SHARED = """import unittest

from test_framework.ssot.base_test_case import SSotAsyncTestCase


class Shared(SSotAsyncTestCase):
    pass
"""
INHERITS = """from tests.shared import Shared


class TestShared(Shared):
    async def test_it(self):
        assert await self.answer() == 42
"""

# a call of the factory is to be typed at the end
TYPE = """from test_framework.ssot.mock_factory import SSotMockFactory


def test_type():
    user_id = "u-1"
    websocket = SSotMockFactory."""

FILES = {
    "pyproject.toml": "[tool.ssot-lsp]\n",
    "shop/__init__.py": "def pay(gateway, pence):\n    return gateway.charge(pence)\n",
    "test_framework/__init__.py": "",
    "test_framework/ssot/__init__.py": "",
    "test_framework/ssot/mock_factory.py": FACTORY,
    "test_framework/ssot/base_test_case.py": BASES,
    "tests/test_pay.py": PAY,
    "tests/test_send.py": SEND,
    "tests/test_type.py": TYPE,
    "tests/shared.py": SHARED,
    "tests/test_shared.py": INHERITS,
}
