# Every target does its own set-up: a virtual environment in .venv, built from the package index alone
# and brought up to date whenever pyproject.toml changes. `PYTHON=python3.12 make test` picks another Python.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
# More arguments for the tool behind a target: make test ARGS='-k stdin'
ARGS ?=
# How many processes `make test` takes
JOBS ?= auto
# How long `make fuzz` looks for trouble
export FUZZ_SECONDS ?= 300

# Where `make vsix` packs for: linux-x64, darwin-arm64, win32-x64, universal, … (see vscode-client/pack.py), by default this machine
TARGETS ?=
# How often `make soak` runs the tests in editors
TIMES ?= 10
EDITORS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ssot-lsp-editors
NODE_READY := vscode-client/node_modules/.package-lock.json

.PHONY: help demo test test-editors soak pictures vsix lint format fuzz bench prove clean

help:
	@echo 'make demo     lay out a sample workspace, check it, drive the language server over it'
	@echo 'make test     run the tests; in JOBS=$(JOBS) processes'
	@echo 'make vsix     pack the extension for VS Code; TARGETS="linux-x64 win32-x64" for other platforms'
	@echo 'make test-editors  run the tests in VS Code, Neovim, Vim, Emacs and Helix, which are brought into a cache; make soak: TIMES=$(TIMES)'
	@echo 'make lint     style, types, layers'
	@echo 'make format   let ruff format the code and fix what is safe to fix'
	@echo 'make fuzz     look for trouble with random input, for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make bench    measure the speed, beside other tools'
	@echo 'make prove    fix the tests of real projects and run them before and after'
	@echo 'make clean    remove the environment and the caches'

$(READY): pyproject.toml .ci/venv
	@.ci/venv '$(PYTHON)' .venv
	@echo 'Installing into .venv (once, a minute or so) …'
	@$(BIN)/python -m pip install --quiet 'pip>=23'
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

$(NODE_READY): vscode-client/package.json vscode-client/package-lock.json
	@command -v npm >/dev/null || { echo 'The extension is built with npm and Node 20 or newer: install them'; exit 1; }
	@cd vscode-client && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.venv/editors: $(READY)
	@$(BIN)/python -m pip install --quiet --editable '.[dev,editors]'
	@touch $@

demo: $(READY)
	@$(BIN)/ssot-lsp demo $(ARGS)

# A file's tests stay together: they share what is dear to make, and those of the README go on from each other
test: $(READY)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

vsix: $(READY) $(NODE_READY)
	@$(BIN)/python vscode-client/pack.py $(TARGETS)

# What cannot be brought is skipped by the tests, and in CI a failure of theirs
test-editors: .venv/editors vsix
	@.ci/editors '$(EDITORS)' || true
	$(BIN)/python -m pytest tests/editors $(ARGS)

# The pictures of the README, taken anew by the tests that show what is on them
pictures: .venv/editors vsix
	@.ci/editors '$(EDITORS)'
	PICTURES=vscode-client/images $(BIN)/python -m pytest -q tests/editors -m picture

soak: .venv/editors vsix
	@.ci/editors '$(EDITORS)'
	@failed=0; for time in $$(seq $(TIMES)); do \
	    echo "== $$time of $(TIMES)"; $(BIN)/python -m pytest -q tests/editors $(ARGS) || failed=$$((failed + 1)); \
	done; echo "$$failed of $(TIMES) rounds failed"; [ "$$failed" = 0 ]

lint: $(READY) $(NODE_READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	cd vscode-client && npm run --silent lint

format: $(READY)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

fuzz: $(READY)
	$(BIN)/python -m pytest tests/fuzz --hypothesis-profile=long $(ARGS)

bench: $(READY)
	$(BIN)/python -m tests.benchmarks $(ARGS)

prove: $(READY)
	@$(BIN)/python -m tests.prove $(ARGS)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	rm -rf vscode-client/node_modules vscode-client/dist vscode-client/bundled
