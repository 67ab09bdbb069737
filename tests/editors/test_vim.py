"""Vim and the plugin vim-lsp with the README's lines in its .vimrc."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.editors import needs
from tests.editors.recording import assert_says_what_was_recorded
from tests.editors.shop import FILES, FIXED, PAY
from tests.editors.terminal import Terminal, readme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What is typed without a screen: Vim's own loop runs while it sleeps, and what comes ends the wait.
PRELUDE = """
set nocompatible nomore noswapfile encoding=utf-8
let &runtimepath = $HOME . '/vim-lsp,' . &runtimepath
filetype plugin on
source $HOME/.vimrc
runtime plugin/lsp.vim

function! Wait(what, holds) abort
  let l:start = reltime()
  while !a:holds()
    if reltimefloat(reltime(l:start)) > 60
      throw 'this never came: ' . a:what
    endif
    sleep 5m
  endwhile
endfunction

function! Shown() abort
  let l:found = []
  let l:uri = lsp#utils#get_buffer_uri()
  for l:answer in values(lsp#internal#diagnostics#state#_get_all_diagnostics_grouped_by_server_for_uri(l:uri))
    for l:each in l:answer.params.diagnostics
      let l:start = l:each.range.start
      call add(l:found, printf('%d:%d %s', l:start.line + 1, l:start.character + 1, l:each.code))
    endfor
  endfor
  return sort(l:found)
endfunction

function! Answer(value) abort
  call writefile([json_encode(a:value)], $HOME . '/answer.json')
endfunction

function! Test() abort
  call lsp#enable()
"""
END = """
endfunction

try
  call Test()
  qall!
catch
  call writefile([v:exception . ' at ' . v:throwpoint], '/dev/stderr')
  cquit
endtry
"""


@pytest.fixture(scope="module")
def terminal() -> Iterator[Terminal]:
    plugin = needs.vim_lsp()
    with Terminal.opened() as opened:
        shutil.copytree(plugin, opened.path / "vim-lsp", ignore=shutil.ignore_patterns(".git"))
        (opened.path / ".vimrc").write_text(readme("vim", ".vimrc"), encoding="utf-8")
        yield opened


@pytest.fixture
def vim(terminal: Terminal) -> Callable[..., Any]:
    """Run a script in Vim over a workspace: what it answers."""

    def run(script: str, files: dict[str, str] = FILES, *, listens: bool = False) -> Any:
        terminal.lay_out(files)
        (terminal.path / "test.vim").write_text(f"{PRELUDE}{script}{END}", encoding="utf-8")
        command = ["vim", "-Nu", "NONE", "-i", "NONE", "-es", "-S", f"{terminal.inside}/test.vim"]
        return terminal.run(command, listens=listens)

    return run


def test_diagnostics_come_and_go(vim: Callable[..., Any]) -> None:
    script = """
    edit tests/test_pay.py
    call Wait('a finding', {-> !empty(Shown())})
    let l:before = Shown()
    call setline(9, '    gateway = object()')
    doautocmd TextChanged
    call Wait('no finding', {-> empty(Shown())})
    call Answer({'before': l:before, 'root': lsp#get_server_root_uri('ssot-lsp')})
    """
    answer = vim(script)
    assert answer["before"] == ["9:15 unjustified-mock"]
    assert answer["root"].endswith("/shop")


def test_what_is_safe_is_fixed_before_the_file_is_written(
    vim: Callable[..., Any], terminal: Terminal
) -> None:
    """With the cursor far from it, and with what was typed a moment ago."""
    script = """
    edit tests/test_send.py
    call Wait('findings', {-> len(Shown()) == 2})
    call append('$', '# the end')
    write
    call Answer({'modified': &modified})
    """
    assert vim(script) == {"modified": 0}
    assert terminal.text("tests/test_send.py") == f"{FIXED}# the end\n"


def test_a_file_with_nothing_to_fix_is_written_as_it_is(vim: Callable[..., Any], terminal: Terminal) -> None:
    script = """
    edit tests/test_pay.py
    call Wait('a finding', {-> !empty(Shown())})
    call append('$', '# the end')
    write
    call Answer({'modified': &modified})
    """
    assert vim(script) == {"modified": 0}
    assert terminal.text("tests/test_pay.py") == f"{PAY}# the end\n"


def test_it_says_of_itself_what_was_recorded(vim: Callable[..., Any], terminal: Terminal) -> None:
    script = """
    edit tests/test_pay.py
    call Wait('a finding', {-> !empty(Shown())})
    call Answer({'found': Shown()})
    """
    assert vim(script, listens=True) == {"found": ["9:15 unjustified-mock"]}
    assert_says_what_was_recorded("vim", terminal.path / "said")
