"""The tools beside which ssot-lsp is measured, with the nearest rules that each of them can express.

ruff bans the members of `unittest.mock` (TID251), ast-grep flags calls by the name of what is called. Both are
installed from the package index into the cache, in the versions of requirements.txt. Neither knows roots from
children, justifications or the factory; what they find is of the same kind and number.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .corpora import cache_folder

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
JEDI_REQUIREMENTS = Path(__file__).with_name("requirements-jedi.txt")
BARE_SERVER = Path(__file__).with_name("bare_server.py")

_CREATORS = (
    "Mock",
    "MagicMock",
    "AsyncMock",
    "NonCallableMock",
    "NonCallableMagicMock",
    "PropertyMock",
    "ThreadingMock",
    "create_autospec",
    "mock_open",
    "patch",
)
_RUFF_CONFIG = """[lint]
select = ["TID251"]

[lint.flake8-tidy-imports.banned-api]
{banned}
"""
_AST_GREP_CONFIG = "ruleDirs: [rules]\n"
# One regex over the callee: measured faster than a pattern per name.
_AST_GREP_RULE = r"""id: unjustified-mock
language: python
severity: warning
message: a mock
rule:
  kind: call
  has:
    field: function
    regex: ^(\w+\.)*({creators}|patch\.object)$
"""
_INSTALL_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool: its name in tables, how its server is started and with what initialisation options.

    `check` is the command line, without paths, that checks a workspace with nothing cached; `warm` the one that
    may use a cache, where there is one.
    """

    name: str
    server: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)
    check: tuple[str, ...] = ()
    warm: tuple[str, ...] = ()


def ssot_lsp() -> Peer:
    """Ourselves, as installed in this environment."""
    program = _script("ssot-lsp")
    check = (program, "check", "--exit-zero", "--format", "concise")
    return Peer("ssot-lsp", (program, "server"), check=check, warm=check)


def bare() -> Peer:
    """A pygls server that answers and does nothing."""
    return Peer("bare pygls", (sys.executable, str(BARE_SERVER)))


def ruff() -> Peer:
    """Ruff with the members of `unittest.mock` banned."""
    program = str(_peer_programs() / _executable("ruff"))
    config = _settings_folder() / "ruff.toml"
    banned = "\n".join(f'"unittest.mock.{name}".msg = "a mock"' for name in _CREATORS)
    config.write_text(_RUFF_CONFIG.format(banned=banned), encoding="utf-8")
    options = {"settings": {"configuration": str(config), "configurationPreference": "editorOnly"}}
    check = (program, "check", "--exit-zero", "--config", str(config), "--output-format", "concise")
    cache = ("--cache-dir", str(ruff_cache()))
    return Peer("ruff", (program, "server"), options, (*check, "--no-cache"), (*check, *cache))


def ast_grep() -> Peer:
    """ast-grep with one rule over calls."""
    program = str(_peer_programs() / _executable("ast-grep"))
    config = _settings_folder() / "sgconfig.yml"
    rules = config.with_name("rules")
    rules.mkdir(exist_ok=True)
    config.write_text(_AST_GREP_CONFIG, encoding="utf-8")
    rule = _AST_GREP_RULE.format(creators="|".join(_CREATORS))
    (rules / "unjustified-mock.yml").write_text(rule, encoding="utf-8")
    check = (program, "scan", "--config", str(config), "--report-style", "short", "--color", "never")
    return Peer("ast-grep", (program, "lsp", "--config", str(config)), check=check)


def jedi() -> Peer:
    """jedi-language-server, which completes and knows nothing of mocks."""
    folder = _installed(JEDI_REQUIREMENTS, "jedi_language_server", "--upgrade")
    start = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); from jedi_language_server.cli import cli; cli()"
    )
    return Peer("jedi", (sys.executable, "-c", start))


def ruff_cache() -> Path:
    """Where ruff keeps what it found, for the warm runs."""
    return cache_folder() / "ruff-cache"


def versions() -> str:
    """What the peers call themselves, for the report."""
    texts = (each.read_text(encoding="utf-8") for each in (REQUIREMENTS, JEDI_REQUIREMENTS))
    lines = [each for text in texts for each in text.splitlines() if "==" in each]
    return ", ".join(line.replace("==", " ") for line in lines)


def _peer_programs() -> Path:
    programs = Path("Scripts" if sys.platform == "win32" else "bin")
    return _installed(REQUIREMENTS, str(programs / _executable("ast-grep")), "--no-deps") / programs


def _installed(requirements: Path, sign: str, *options: str) -> Path:
    """The folder with what `requirements` names, installed first if `sign` is not in it."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = cache_folder() / "peers" / digest
    if not (folder / sign).exists():
        shutil.rmtree(folder, ignore_errors=True)
        command = [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
            *(*options, "--target", str(folder), "--requirement", str(requirements)),
        ]
        subprocess.run(command, check=True, timeout=_INSTALL_SECONDS)
    return folder


def _settings_folder() -> Path:
    folder = cache_folder() / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _script(name: str) -> str:
    path = Path(sysconfig.get_path("scripts")) / _executable(name)
    return str(path) if path.is_file() else shutil.which(name) or name


def _executable(name: str) -> str:
    return f"{name}.exe" if sys.platform == "win32" else name
