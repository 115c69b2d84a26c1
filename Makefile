# Everything that is done with this project, by hand and in CI. `make` alone lists it.
VENV    := .venv
BIN     := $(VENV)/bin
PYTHON  ?= python3
RUNTIME := $(VENV)/.runtime-installed
DEV     := $(VENV)/.dev-installed
PIP     := $(BIN)/pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
           --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help setup check test demo matrix faults bench lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(DEV) ## install everything into .venv

check: $(DEV) ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(DEV) ## all tests; installs PostgreSQL and RabbitMQ where root may do so
	tests/servers/install.sh
	$(BIN)/pytest -n 2 tests/unit
	$(BIN)/pytest -n 4 tests/contract tests/integration
	$(BIN)/pytest -n 3 --dist loadfile tests/acceptance

demo: $(RUNTIME) ## the whole path on this machine, nothing else needed; ONCE=1 ends by itself
	$(BIN)/amtsbote demo $(if $(ONCE),--once)

matrix: $(DEV) ## every transport against every fault of the sandbox; writes docs/fault-matrix.md
	tests/servers/install.sh
	$(BIN)/python -m tests.matrix --write

faults: $(DEV) ## everything that may go wrong, done to whole installations; writes the table of docs/reliability.md
	tests/servers/install.sh
	$(BIN)/pytest -n 2 --dist loadfile tests/faults --reliability docs/reliability.md

bench: $(DEV) ## speed beside the floor and a peer, in about ten minutes; writes docs/performance.md and its picture
	tests/servers/install.sh
	$(BIN)/python -m benchmarks --write

lock: $(DEV) ## renew requirements.lock and requirements-dev.lock from pyproject.toml
	$(PIP) uv
	echo 'hatchling>=1.27' | $(COMPILE) -o requirements.lock pyproject.toml -
	$(COMPILE) --extra dev --constraint requirements.lock -o requirements-dev.lock pyproject.toml

clean: ## remove what the other targets made
	rm -rf $(VENV) .schemathesis .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed; name it: make PYTHON=python3.12'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv; } \
	  || { echo 'The venv module of Python is missing: apt-get install python3-venv'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
