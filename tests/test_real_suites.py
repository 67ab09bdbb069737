"""The engine on real suites, fetched once by pip (`-m "not real"` leaves them out, `-m real` runs them alone)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.scan import Options, check
from tests.benchmarks import agreement
from tests.benchmarks.corpora import corpus

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lsp.scan import Report

pytestmark = pytest.mark.real


@pytest.fixture(scope="module", params=["nova", "celery"])
def suite(request: pytest.FixtureRequest) -> Path:
    return corpus(request.param)


@pytest.fixture(scope="module")
def plain(suite: Path) -> Report:
    report = agreement.plain(suite)
    assert any(result.rows for result in report.results)
    assert not [reason for _, reason in report.failures if "internal error" in reason]
    return report


def test_prefilter_processes_and_cache_change_nothing(
    suite: Path, plain: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSOT_LSP_CACHE_DIR", str(tmp_path))
    cold = check(["."], Options(jobs=2), str(suite))
    assert agreement.between_reports(plain, cold) == []
    assert any(tmp_path.iterdir())
    warm = check(["."], Options(jobs=2), str(suite))
    assert agreement.between_reports(plain, warm) == []


def test_check_and_the_server_say_the_same() -> None:
    assert agreement.between_check_and_server(corpus("celery")) == []


@pytest.mark.parametrize("name", ["nova", "celery", "zigpy"])
def test_findings_above_a_deleted_character_stay(name: str) -> None:
    assert agreement.after_damage(corpus(name), files=20, deletions=15) == []


@pytest.mark.parametrize("name", ["celery", "letta"])
def test_findings_after_edits_are_those_of_the_text(name: str) -> None:
    assert agreement.after_edits(corpus(name), files=20, edits=15) == []
