# What can be done with this checkout. `make help` lists it; people and CI run the same targets.
#
# Nothing outside the checkout is changed, except that PostgreSQL's data go to /var/lib/icms-registry when the checkout
# lies where its account cannot get, and that root's first `make test` installs Debian's chromium if there is no browser.

PYTHON ?= python3
# Processes that share the tests, file by file; their servers are the same.
WORKERS ?= 2
PY := .venv/bin/python
MADE := .venv/made-for
READY := .venv/ready-for

# Where this account may write: var, unless another account made it.
STATE := $(shell mkdir -p var 2>/dev/null; if [ -O var ] && [ -w var ]; then echo var; else \
	echo "$${XDG_CACHE_HOME:-$${HOME:-/tmp}/.cache}/icms-registry/$$(pwd | cksum | cut -d' ' -f1)"; fi)
ifneq ($(STATE),var)
export ICMS_STATE_DIR ?= $(STATE)
export ICMS_TEST_STATE_DIR ?= $(STATE)/test
export ICMS_BENCH_STATE_DIR ?= $(STATE)/bench
endif
CACHE := $(STATE)/cache
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONNOUSERSITE := 1

# One setup at a time; what a killed one left running keeps the lock until it ends.
WAIT := if command -v flock > /dev/null; then flock 9; fi

# A .venv that was copied from elsewhere, half made, or whose Python went away is made again.
ifneq ($(shell cat $(MADE) 2>/dev/null && $(PY) -c '' 2>/dev/null && echo works),$(CURDIR) works)
.PHONY: $(MADE)
endif
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo test bench bench-fill defects campaign campaign-full lint types format schemas lock stop clean

help: ## list every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## make .venv from requirements.lock (again when it, or pyproject.toml, changed)

$(MADE): requirements.lock
	@[ -w . ] || { \
		echo "This checkout belongs to another account, and its .venv does not work for you. Nothing was changed." >&2; \
		echo "Run 'make setup' as that account, or use a checkout of your own." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not one. Nothing was changed." >&2; \
		echo "Install it, or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "'$(PYTHON)' cannot make virtual environments. Nothing was changed." >&2; \
		echo "On Debian: apt-get install python3-venv" >&2; exit 1; }
	@exec 9> .setup.lock; $(WAIT); \
	if [ "$$(cat $(MADE) 2>/dev/null)" = "$(CURDIR)" ] && [ $(MADE) -nt requirements.lock ] && $(PY) -c '' 2>/dev/null; \
	then exit 0; fi; \
	echo "Making .venv from requirements.lock (a minute or two) ..."; \
	rm -rf .venv && $(PYTHON) -m venv .venv \
	&& $(PY) -m pip install --quiet --require-hashes -r requirements.lock \
	&& printf '%s\n' "$(CURDIR)" > $(MADE)

$(READY): $(MADE) pyproject.toml
	@exec 9> .setup.lock; $(WAIT); \
	$(PY) -m pip install --quiet --no-deps --no-build-isolation -e . && printf '%s\n' "$(CURDIR)" > $(READY)

demo: setup ## start everything on this machine and show a registry at work
	@.venv/bin/icms demo

test: setup ## check style, types and imports, then run all tests
	@$(MAKE) --no-print-directory lint types
	@$(PY) tests/ensure_browser.py
	@$(PY) -m pytest -q -n $(WORKERS) --dist loadfile -o cache_dir="$(CACHE)/pytest" $(PYTEST_ARGS)

bench: setup ## measure the registry against its peers (ROWS="A1 A3" for some)
	@$(PY) -m bench $(ROWS)

bench-fill: setup ## fill the store of 1,000,000 events that some of its rows need, once (goes on where it was ended)
	@$(PY) -m bench.kept

defects: setup ## plant every known defect in a copy and see its test fail (DEFECTS="name" for some)
	@$(PY) -m tests.defects $(DEFECTS)

campaign: setup ## plant failures for MINUTES=60 minutes, seeded, and show how far every row is
	@$(PY) -m tests.campaign --minutes $(or $(MINUTES),60)

campaign-full: setup ## the same until every figure is reached, over hours or days
	@$(PY) -m tests.campaign --full

lint: setup ## check style, formatting and who imports whom
	@$(PY) -m ruff check --quiet --cache-dir "$(CACHE)/ruff"
	@$(PY) -m ruff format --check --cache-dir "$(CACHE)/ruff" > "$(CACHE)/format.txt" || { \
		cat "$(CACHE)/format.txt"; echo "Run 'make format'."; exit 1; }
	@$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-logo \
		--cache-dir "$(CACHE)/imports" > "$(CACHE)/imports.txt" || { cat "$(CACHE)/imports.txt"; exit 1; }

types: setup ## check types
	@$(PY) -m mypy --no-error-summary --cache-dir "$(CACHE)/mypy"

format: setup ## put the sources into the common form
	@$(PY) -m ruff check --fix --cache-dir "$(CACHE)/ruff"
	@$(PY) -m ruff format --cache-dir "$(CACHE)/ruff"

schemas: setup ## draft the schema of every event and sealed part that has none
	@$(PY) -m infra.schema_shelf

lock: setup ## choose newest allowed versions anew and write requirements.lock
	@$(PYTHON) -m venv "$(STATE)/lock-tools"
	@"$(STATE)/lock-tools/bin/python" -m pip install --quiet uv
	@"$(STATE)/lock-tools/bin/python" -m uv --no-config pip compile --quiet --upgrade --universal --generate-hashes \
		--python-version 3.11 --extra local --extra test --no-header --no-emit-index-url --no-emit-find-links \
		--output-file requirements.lock pyproject.toml

stop: setup ## end everything that was started from this checkout; data stay
	@.venv/bin/icms stop
	@$(PY) -m tests.shared_stack
	@$(PY) -m tests.way.installation
	@$(PY) -m bench.ground

clean: ## remove what can be made again; the registry's data (var) stay
	@if [ -e $(READY) ]; then $(MAKE) --no-print-directory stop; fi
	@rm -rf .venv build icms_registry.egg-info "$(CACHE)" "$(STATE)/test" "$(STATE)/bench" "$(STATE)/lock-tools"
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
