"""Emacs and eglot with the README's lines in its init.el."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.editors.recording import assert_says_what_was_recorded
from tests.editors.shop import FILES, FIXED, PAY
from tests.editors.terminal import Terminal, readme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# `wait` runs the editor's own loop until something holds, and fails the test when it never does.
PRELUDE = """
(require 'json)
(require 'flymake)
(setq make-backup-files nil create-lockfiles nil eglot-confirm-server-edits nil)

(defun wait (what holds)
  (let ((limit (+ (float-time) 60)))
    (while (not (funcall holds))
      (when (> (float-time) limit) (error "this never came: %s" what))
      (accept-process-output nil 0.01))))

(defun open (path)
  (find-file path)
  (run-hooks 'post-command-hook)
  (wait "the server" #'eglot-managed-p))

(defun shown ()
  (mapcar (lambda (each)
            (format "%d %s" (line-number-at-pos (flymake-diagnostic-beg each)) (flymake-diagnostic-text each)))
          (flymake-diagnostics)))

(defun answer (value)
  (let ((coding-system-for-write 'utf-8))
    (with-temp-file (expand-file-name "~/answer.json") (insert (json-serialize value)))))
"""


@pytest.fixture(scope="module")
def terminal() -> Iterator[Terminal]:
    with Terminal.opened() as opened:
        (opened.path / "init.el").write_text(readme("elisp"), encoding="utf-8")
        yield opened


@pytest.fixture
def emacs(terminal: Terminal) -> Callable[..., Any]:
    """Run a script in Emacs over a workspace: what it answers."""

    def run(script: str, files: dict[str, str] = FILES, *, listens: bool = False) -> Any:
        terminal.lay_out(files)
        (terminal.path / "test.el").write_text(f"{PRELUDE}{script}\n", encoding="utf-8")
        packages = sorted(terminal.root.glob("usr/share/emacs/site-lisp/elpa/yasnippet-*"))
        path = [word for each in packages for word in ("-L", f"/{each.relative_to(terminal.root)}")]
        scripts = ["-l", f"{terminal.inside}/init.el", "-l", f"{terminal.inside}/test.el"]
        return terminal.run(["emacs", "-Q", "--batch", *path, *scripts], listens=listens)

    return run


def test_diagnostics_quick_fix_and_hover(emacs: Callable[..., Any], terminal: Terminal) -> None:
    script = """
    (open "tests/test_pay.py")
    (wait "a finding" #'shown)
    (let ((before (shown)) page)
      (goto-char (point-min))
      (search-forward "gateway = Mo")
      (eglot-hover-eldoc-function (lambda (text &rest _) (setq page text)))
      (wait "the hover" (lambda () page))
      (let ((action (seq-find (lambda (each) (string-match-p "Suppress" (plist-get each :title)))
                              (eglot-code-actions (point) (point)))))
        (eglot-execute (eglot-current-server) action))
      (save-buffer) ; which tells the server first: idle timers never run in batch mode
      (wait "no finding" (lambda () (not (shown))))
      (answer (list :before (vconcat before) :page (substring-no-properties page))))
    """
    answer = emacs(script)
    assert len(answer["before"]) == 1
    assert answer["before"][0].startswith("9 ")
    assert "is made by hand and nothing says why" in answer["before"][0]
    assert "unittest.mock.Mock" in answer["page"]
    assert terminal.text("tests/test_pay.py") == PAY.replace(
        "gateway = Mock()", "gateway = Mock()  # ssot: ignore[unjustified-mock]"
    )


def test_what_is_safe_is_fixed_before_the_file_is_written(
    emacs: Callable[..., Any], terminal: Terminal
) -> None:
    script = """
    (open "tests/test_send.py")
    (wait "findings" (lambda () (length= (shown) 2)))
    (goto-char (point-max))
    (insert "# the end\\n")
    (save-buffer)
    (answer (list :modified (if (buffer-modified-p) t :false)))
    """
    assert emacs(script) == {"modified": False}
    assert terminal.text("tests/test_send.py") == f"{FIXED}# the end\n"


def test_completion_fills_in_the_arguments(emacs: Callable[..., Any]) -> None:
    script = """
    (open "tests/test_type.py")
    (goto-char (point-max))
    (insert "create_websocket_mo")
    (wait "the list" (lambda () (completion-at-point) (get-buffer "*Completions*")))
    (with-selected-window (get-buffer-window "*Completions*" 0)
      (first-completion)
      (choose-completion))
    (wait "the snippet" #'yas-active-snippets)
    (let ((line (thing-at-point 'line t)))
      (yas-next-field)
      (insert "second")
      (answer (list :line line :after (thing-at-point 'line t))))
    """
    answer = emacs(script)
    assert "SSotMockFactory.create_websocket_mock(" in answer["line"]
    assert "user_id=user_id" in answer["line"]
    assert "user_id=user_id, thread_id=second" in answer["after"]


def test_it_says_of_itself_what_was_recorded(emacs: Callable[..., Any], terminal: Terminal) -> None:
    script = """
    (open "tests/test_pay.py")
    (wait "a finding" #'shown)
    (answer (list :found (length (shown))))
    """
    assert emacs(script, listens=True) == {"found": 1}
    assert_says_what_was_recorded("emacs", terminal.path / "said")
