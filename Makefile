BIN := .venv/bin
# More processes than cores: half of the time, tests wait for servers. Each begins with files of its own, whose
# servers it starts once, and takes tests from the others when it is through.
PYTEST := $(BIN)/pytest --dist worksteal --numprocesses $(shell echo $$(( $$(nproc) * 3 / 2 )))
DEMO := build/demo/my_djust_app
BENCH := --rounds 3

.PHONY: help demo test render boot runtime celery search browser compose plan mutation matrix bench screenshot lint servers engine

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'ONLY="tier=scale cloud=aws" before render or boot narrows it to the combinations with those answers'

demo: .venv/installed ## Render the default answers into build/demo and serve them on http://127.0.0.1:8000
	@echo "1. Rendering the default answers into $(DEMO)"
	@$(BIN)/cookiecutter . --no-input --overwrite-if-exists --output-dir build/demo >/dev/null
	@echo "2. Setting the project up and serving it: make dev in $(DEMO)"
	@$(MAKE) --no-print-directory -C $(DEMO) dev

test: .venv/installed lint servers engine ## Run all proofs: every stage below
	$(PYTEST)

render: .venv/installed ## Stage: every combination renders to exactly its files, cleanly
	$(PYTEST) tests/render

boot: .venv/installed servers ## Stage: every distinct application passes a visit, in development and in production
	$(PYTEST) tests/boot

runtime: .venv/installed servers ## Stage: sockets, uploads, health, limits and logs of the default project
	$(PYTEST) tests/runtime

celery: .venv/installed servers ## Stage: pools, pushes, commit, beat and shutdown
	$(PYTEST) tests/celery

search: .venv/installed servers ## Stage: PostgreSQL's full-text search, and what is said to OpenSearch
	$(PYTEST) tests/search

browser: .venv/installed servers ## Stage: the default project in Chromium; screenshots in build/screenshots
	$(PYTEST) tests/browser

compose: .venv/installed servers engine ## Stage: Dockerfiles and stacks on a Docker engine
	$(PYTEST) tests/compose

plan: .venv/installed servers ## Stage: Terraform's own core plans and applies every distinct stack, with no cloud
	$(PYTEST) tests/plan

mutation: .venv/installed servers ## Stage: remove each guard in turn, and print what turns red
	$(PYTEST) tests/mutation -rP

matrix: .venv/installed ## List all combinations of answers
	@$(BIN)/python -m tests.matrix

bench: .venv/installed servers ## Measure side by side what docs/decisions/ decides (BENCH="lanes --rounds 5")
	$(BIN)/python -m bench $(BENCH)

screenshot: .venv/installed servers ## Take the picture of the README anew
	$(BIN)/python -m tests.browser.screenshot

lint: .venv/installed ## Check the template's own sources and tests
	$(BIN)/ruff check --config pyproject.toml .
	$(BIN)/ruff format --config pyproject.toml --check bench hooks tests
	$(BIN)/yamllint --strict .github

servers:
	@sh tests/install-servers.sh

engine: .venv/installed
	@$(BIN)/python -m tests.engine install

.venv/installed: pyproject.toml
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, and python3 is " + sys.version.split()[0])'
	@echo "Installing what the template needs into .venv ..."
	@python3 -m venv .venv
	@$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	@$(BIN)/pip install --quiet --group template --group test
	@touch $@
