# Everything runs in .venv, made from requirements.lock: with uv where it is installed, else pip.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c
.PHONY: run test ui demo lint format types docs settings bench clean install lock

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export DO_NOT_TRACK := 1
export PYTHONUNBUFFERED := 1

run: $(STAMP)  ## Run the job: land, build, stage exports, publish, release
	$(BIN)/retention run $(if $(AS_OF),--as-of $(AS_OF))

ui: $(STAMP)  ## Open Dagster
	$(BIN)/retention ui

demo: $(STAMP)  ## Make the demo company's files (CUSTOMERS=20000 SEED=1)
	$(BIN)/retention demo $(if $(CUSTOMERS),--customers $(CUSTOMERS)) $(if $(SEED),--seed $(SEED))

test: $(STAMP)  ## Everything that must hold
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/retention lint-sql
	$(BIN)/pytest -n 2 --dist loadfile

lint: $(STAMP)  ## Style, types and SQL
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/retention lint-sql

format: $(STAMP)  ## Put Python and SQL into the house's shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/retention lint-sql --fix

docs: $(STAMP)  ## Build dbt's documentation site
	$(BIN)/retention docs

settings: $(STAMP)  ## Write docs/settings.md anew
	$(BIN)/python -m orchestration.parameters.page

bench: $(STAMP)  ## Measure against bare DuckDB SQL (CUSTOMERS=1000000)
	$(BIN)/python -m benchmarks $(if $(CUSTOMERS),--customers $(CUSTOMERS))

clean:  ## Remove what the next run rebuilds, and the demo company; never your landed data
	if [ -x $(BIN)/retention ]; then $(BIN)/retention clean; fi
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	if command -v uv >/dev/null; then
	  [ -x $(BIN)/python ] || uv venv --quiet --python $(PYTHON) $(VENV)
	  uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	  uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	else
	  [ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	fi
	$(BIN)/python -m orchestration.warehouse.first_parse
	touch $@

lock:  ## Lock anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-strip-extras --all-extras --no-header --quiet \
	  pyproject.toml -o requirements.lock
