BIN := .venv/bin
PYTEST := $(BIN)/pytest --numprocesses auto
DEMO := build/demo/my_djust_app

.PHONY: help demo test render boot matrix lint

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'ONLY="tier=scale cloud=aws" before a target narrows it to the combinations with those answers'

demo: .venv/installed ## Render the default answers into build/demo and serve them on http://127.0.0.1:8000
	@echo "1. Rendering the default answers into $(DEMO)"
	@$(BIN)/cookiecutter . --no-input --overwrite-if-exists --output-dir build/demo >/dev/null
	@echo "2. Setting the project up and serving it: make dev in $(DEMO)"
	@$(MAKE) --no-print-directory -C $(DEMO) dev

test: .venv/installed lint ## Run all proofs
	$(PYTEST)

render: .venv/installed ## Prove that every combination renders to exactly its files, cleanly
	$(PYTEST) tests/render

boot: .venv/installed ## Prove that every distinct application runs and answers a visitor
	$(PYTEST) tests/boot

matrix: .venv/installed ## List all combinations of answers
	@$(BIN)/python -m tests.matrix

lint: .venv/installed ## Check the template's own sources and tests
	$(BIN)/ruff check --config pyproject.toml .
	$(BIN)/ruff format --config pyproject.toml --check hooks tests
	$(BIN)/yamllint --strict .github

.venv/installed: pyproject.toml
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, and python3 is " + sys.version.split()[0])'
	@echo "Installing what the template needs into .venv ..."
	@python3 -m venv .venv
	@$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	@$(BIN)/pip install --quiet --group template --group test
	@touch $@
