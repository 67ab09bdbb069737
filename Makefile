# Every target does its own set-up: a virtual environment in .venv, built from the package index alone
# and brought up to date whenever pyproject.toml changes. `PYTHON=python3.12 make test` picks another Python.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
# More arguments for the tool behind a target: make test ARGS='-k stdin'
ARGS ?=
# How long `make fuzz` looks for trouble
export FUZZ_SECONDS ?= 300

.PHONY: help demo test lint format fuzz bench clean

help:
	@echo 'make demo     lay out a sample workspace, check it, drive the language server over it'
	@echo 'make test     run the tests'
	@echo 'make lint     style, types, layers'
	@echo 'make format   let ruff format the code and fix what is safe to fix'
	@echo 'make fuzz     look for trouble with random input, for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make bench    measure the speed, beside other tools'
	@echo 'make clean    remove the environment and the caches'

$(READY): pyproject.toml .ci/venv
	@.ci/venv '$(PYTHON)' .venv
	@echo 'Installing into .venv (once, a minute or so) …'
	@$(BIN)/python -m pip install --quiet 'pip>=23'
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: $(READY)
	@$(BIN)/ssot-lsp demo $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest $(ARGS)

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(READY)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

fuzz: $(READY)
	$(BIN)/python -m pytest tests/fuzz --hypothesis-profile=long $(ARGS)

bench: $(READY)
	$(BIN)/python -m tests.benchmarks $(ARGS)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
