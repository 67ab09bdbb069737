"""The real projects whose tests are fixed: what they need to run, and which of their tests are run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_FACTORIES = Path(__file__).with_name("factories")


@dataclass(frozen=True, slots=True)
class Project:
    """A source distribution with runnable unit tests.

    `factory` is where the factory goes, all paths are as seen from the top of the distribution. `sources` hold the
    packages at `packages`, of which the code is broken by mutations. `quick` are some files of `tests`.
    """

    name: str
    version: str
    requirements: tuple[str, ...]
    tests: tuple[str, ...]
    quick: tuple[str, ...]
    factory: str
    sources: str
    package: str
    options: tuple[str, ...] = ()

    @property
    def factory_source(self) -> Path:
        """The factory as it is kept here."""
        return _FACTORIES / f"{self.name}_factory.py"

    @property
    def configuration(self) -> str:
        """What is added to the project's pyproject.toml."""
        module = self.factory.removesuffix(".py").replace("/", ".")
        return f'\n[tool.ssot-lsp]\nfactory = "{module}.SSotMockFactory"\n'


CELERY = Project(
    name="celery",
    version="5.7.0",
    requirements=(
        *("celery==5.7.0", "pytest==9.1.1", "pytest-celery>=1.3.0", "pytest-subtests", "pytest-timeout"),
        *("pytest-click", "pytest-order", "pytest-rerunfailures", "freezegun", "boto3", "moto", "sqlalchemy"),
        *("redis", "pymongo", "cryptography", "pyyaml", "msgpack", "pydantic", "eventlet", "gevent"),
    ),
    tests=("t/unit",),
    quick=(
        "t/unit/backends/test_mongodb.py",
        "t/unit/contrib/test_migrate.py",
        "t/unit/worker/test_autoscale.py",
        "t/unit/worker/test_request.py",
    ),
    factory="t/unit/ssot_mock_factory.py",
    sources="",
    package="celery",
    # Two of its modules need libraries of clouds.
    options=("--timeout=60", "--continue-on-collection-errors"),
)

FASTMCP = Project(
    name="fastmcp",
    version="3.4.0",
    requirements=(
        *("fastmcp[anthropic,openai,tasks]==3.4.0", "pytest", "pytest-asyncio>=1.2", "pytest-timeout"),
        *("pytest-env", "pytest-retry", "pytest-httpx", "inline-snapshot", "dirty-equals", "psutil"),
        *("fastapi", "opentelemetry-sdk", "pytest-examples"),
    ),
    tests=(
        *("tests/cli", "tests/server/auth", "tests/server/http", "tests/server/middleware"),
        "tests/server/tasks",
    ),
    quick=(
        "tests/cli/test_project_prepare.py",
        "tests/server/auth/oauth_proxy/test_tokens.py",
        "tests/server/middleware/test_ping.py",
        "tests/server/middleware/test_timing.py",
    ),
    factory="tests/ssot_mock_factory.py",
    sources="fastmcp_slim",
    package="fastmcp",
    # Its own limit of 5 seconds for a test is for idle machines.
    options=("-m", "'not integration and not client_process and not conformance'", "--timeout=60"),
)

PROJECTS = {each.name: each for each in (CELERY, FASTMCP)}
