# countyfund: `make run` and `make test` need only git, make and Python 3.11, 3.12 or 3.13 (see CONTRIBUTING.md).
PYTHON ?= python3
VENV ?= .venv
ARGS ?=

BIN := $(VENV)/bin
PY := $(BIN)/python
LOCKED := $(VENV)/.locked
STAMP := $(VENV)/.installed
PIP := $(PY) -m pip --disable-pip-version-check install -q
HASHED := --require-hashes --no-deps --no-build-isolation

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format types imports unit coverage bench studies lock clean

help:
	@echo "make setup      make the environment in $(VENV)"
	@echo "make run        set up, then run the main job (ARGS='population.residents=20000' for overrides)"
	@echo "make test       set up, then lint, types, import contracts, tests, notebooks and README commands"
	@echo "make coverage   the tests again, with the lines that they reach"
	@echo "make bench      set up, then print the speed table"
	@echo "make studies    set up, then run every study on the default county (ARGS='experiment.replications=4' for overrides)"
	@echo "make lock       resolve the dependencies anew into requirements.lock and bootstrap.lock"
	@echo "make clean      remove the environment, caches and run folders"

setup: $(STAMP)

# The build tools come first, from their own short hashed list, so that nothing is ever built with an unhashed one;
# then uv installs the rest, and if uv cannot run here, pip does the same from the same list.
$(LOCKED): requirements.lock bootstrap.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else \
	"countyfund needs Python 3.11, 3.12 or 3.13, but $(PYTHON) is %d.%d: name another one, as in make PYTHON=python3.12 setup" % v)'
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) $(HASHED) -r bootstrap.lock
	$(PY) -m uv pip install -q --python $(PY) --compile-bytecode $(HASHED) -r requirements.lock || \
	$(PIP) $(HASHED) -r requirements.lock
	@touch $@

$(STAMP): $(LOCKED) pyproject.toml hatch_build.py
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

run: $(STAMP)
	$(PY) -m sim $(ARGS)

test: lint types imports unit

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports --no-logo

# Notebooks and the commands in README are among the tests.
unit: $(STAMP)
	$(PY) -m pytest -n auto --dist worksteal $(ARGS)

# The same with coverage, which doubles the time.  It cannot see inside compiled code: rules and kernels count as
# covered only where plain Python calls them.
coverage: $(STAMP)
	$(PY) -m pytest -n auto --dist worksteal --cov --cov-report=term $(ARGS)

bench: $(STAMP)
	$(PY) -m benchmarks $(ARGS)

studies: $(STAMP)
	$(PY) -m benchmarks.studies $(ARGS)

lock: $(STAMP)
	$(BIN)/uv pip compile -q --upgrade --group dev --universal --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile -q --upgrade --group build --universal --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links -c requirements.lock -o bootstrap.lock

clean:
	rm -rf $(VENV) build dist outputs multirun .coverage .coverage.* htmlcov .pytest_cache .mypy_cache .ruff_cache \
	  .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
