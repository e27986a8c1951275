# Everything a person or CI does with this repository. Needs python3 (3.11 or newer) and make; the rest is installed.

DIR    ?= demo-company
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
            $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

BIN     = .venv/bin
PYTEST  = $(BIN)/python -m pytest -q --durations=8 --durations-min=3
DUCKDB2 = .venv-duckdb2/bin/python -m pytest -q -p no:cacheprovider
SPARK   = .venv-spark/bin/python -m pytest -q -p no:cacheprovider --durations=8 --durations-min=10
EVERY_CORE = -n auto --dist worksteal
ENGINE  = $(wildcard tests/store tests/metrics tests/ingest)
PARTS   = check test-fast test-thorough test-duckdb2 test-spark test-browser test-slow
PREPARE = $(PYTHON) tools/environment.py
COMPILE = $(BIN)/uv --quiet --system-certs pip compile --universal --no-annotate --generate-hashes \
            --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# Compiled modules are kept even where a container's environment says not to: else every process compiles all it imports.
unexport PYTHONDONTWRITEBYTECODE

.NOTPARALLEL:
.PHONY: help demo test fast check bench lock clean \
        python environment environment-duckdb2 environment-spark environment-tryton environment-oidc system test-fast test-thorough \
        test-duckdb2 test-slow test-spark test-browser

help:            ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 16

demo: environment ## build the demo company in DIR (demo-company), refresh it, serve it, print the URL
	@$(BIN)/leadline demo $(DIR)

test: environment system environment-duckdb2 environment-spark environment-tryton environment-oidc $(PARTS)  ## the gate and every test
fast: environment test-fast ## every module's quick tests, in less than two minutes

check: environment ## the gate: format, lint, types, imports, sizes
	@echo "== gate"
	@$(BIN)/ruff format --check --quiet --output-format concise . || { echo "run: .venv/bin/ruff format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/mypy --no-error-summary tools/environment.py
	@$(BIN)/lint-imports --no-logo || { echo "the rooms and their order: CONTRIBUTING.md"; exit 1; }
	@$(PYTEST) -p no:randomly tests/contracts/test_sizes.py

bench: environment ## measure, or only ONLY=engine SIZE=5M; results go to standard output
	@for script in benchmarks/$(or $(ONLY),*).py; do $(BIN)/python $$script $(if $(SIZE),--size $(SIZE)) || exit 1; done

lock: environment ## compile the locks anew from pyproject.toml
	@echo 'duckdb==1.5.5' | $(COMPILE) pyproject.toml --extra connectors --extra export --extra identity --extra masking --extra oidc --extra postgres --extra streaming --group dev --upgrade -c - -o requirements.lock >/dev/null
	@echo 'duckdb==2.0.0' | $(COMPILE) - -o requirements-duckdb2.lock >/dev/null
	@echo 'pyspark-client>=4.2,<5' | $(COMPILE) - -c requirements.lock -o requirements-spark.lock >/dev/null
	@echo 'pyspark==4.3.0' | $(COMPILE) --no-deps - -o requirements-spark-server.lock >/dev/null
	@printf 'trytond>=8.2,<8.3\ntrytond-party>=8.2,<8.3\n' | $(COMPILE) - -o requirements-tryton.lock >/dev/null

clean:           ## remove what make made; the demo company stays
	@rm -rf .venv .venv-duckdb2 .venv-spark .node-oidc .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	@find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------ parts of the above

python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed (apt-get install python3), or say: make PYTHON=..."; exit 1; }

environment: python
	@$(PREPARE) venv .venv requirements.lock

environment-duckdb2: python
	@$(PREPARE) venv .venv-duckdb2 requirements.lock requirements-duckdb2.lock

environment-spark: environment
	@$(PREPARE) venv .venv-spark requirements.lock requirements-spark.lock
	@$(PREPARE) programs .venv-spark/server requirements-spark-server.lock

environment-tryton: environment
	@$(PREPARE) programs .venv-tryton requirements-tryton.lock

environment-oidc: system
	@$(PREPARE) node .node-oidc tests/web/company_provider

system: environment
	@$(PREPARE) system chromium default-jre-headless kcat libatomic1 libpango-1.0-0 libpangoft2-1.0-0 mariadb-server nats-server nodejs npm postgresql redis-server

# Each test is run by exactly one of these; tests/contracts/test_suites.py proves it.

test-fast:
	@echo "== fast tests"
	@$(PYTEST) $(EVERY_CORE) -m "not (thorough or server or slow or browser or spark)"

test-thorough:
	@echo "== thorough tests, and those on database servers"
	@$(PYTEST) $(EVERY_CORE) -m "(thorough or server) and not (slow or browser or spark)"

test-slow:
	@echo "== slow tests"
	@$(PYTEST) $(EVERY_CORE) -m "slow and not (browser or spark)"

test-browser:
	@echo "== tests in a real browser"
	@$(PYTEST) $(EVERY_CORE) -m "browser and not spark"

test-spark:
	@echo "== the engine's tests on a Spark cluster"
	@$(SPARK) -m spark tests

# Run once more, with the other version of the embedded engine: what can meet it.

test-duckdb2:
	@echo "== the engine's tests on DuckDB 2.0"
	@[ -z "$(ENGINE)" ] || $(DUCKDB2) $(EVERY_CORE) -m "not (server or slow or browser or spark)" $(ENGINE)
