"""The report as a page, in a browser that runs no script."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

import pytest

from ssot_lsp import cli
from tests.test_report import FILES, lay_out

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

MOCKS = "from unittest.mock import MagicMock, patch\n\n\n" + "".join(
    f"def test_{name}():\n    {name} = MagicMock()\n    assert {name}.send() is not None\n\n\n"
    for name in ("mailer", "printer", "courier")
)
MORE = {"tests/unit/test_mail.py": MOCKS, "tests/unit/test_post.py": MOCKS, "tests/slow/test_ship.py": MOCKS}


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """The report on the sample suite, in a file."""
    folder, file = tmp_path / "shop", tmp_path / "report.html"
    lay_out(folder, {**FILES, **MORE})
    monkeypatch.chdir(folder)
    assert cli.main(["report", "--no-cache", "--format", "html"]) == 0
    file.write_text(capsys.readouterr().out.replace(str(folder), "/home/ada/shop"), "utf-8")
    return file


@pytest.mark.picture
@pytest.mark.parametrize(
    ("scheme", "paper", "name"),
    [("light", "rgb(255, 255, 255)", "report"), ("dark", "rgb(20, 24, 29)", "report-dark")],
)
def test_it_is_read_in_both_schemes_and_in_a_narrow_window(
    browser: Browser, page: Path, scheme: Literal["light", "dark"], paper: str, name: str
) -> None:
    with browser.new_context(
        color_scheme=scheme,
        java_script_enabled=False,
        offline=True,
        viewport={"width": 1000, "height": 1080},
    ) as context:
        tab = context.new_page()
        tab.goto(page.as_uri())
        assert tab.title() == "Mocks and doubles in shop"
        assert tab.locator("nav a").all_inner_texts()[0].split() == ["Mock", "policy", "FAIL"]
        assert tab.locator("#mocks svg g").count() >= 5
        style = "element => getComputedStyle(element).backgroundColor"
        assert tab.locator("body").evaluate(style) == paper
        if folder := os.environ.get("PICTURES"):
            tab.screenshot(path=f"{folder}/{name}.png")
        tab.set_viewport_size({"width": 400, "height": 800})
        assert tab.locator("body").evaluate("element => element.scrollWidth") <= 400
