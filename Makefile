# Meguri: everything a person runs, by name. `make` alone lists it.
# Each target sets up what it needs in .venv first; a second run starts in seconds.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run test faults bench lock docs report screenshots audit clean

PORT ?= 8000
SERVE ?= 1
ONLY ?=

VENV := .venv
BIN := $(VENV)/bin
export PYTHONUNBUFFERED := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## List what can be made
	@echo "Meguri"
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile
	@echo "  Options: PORT=8000 · SERVE=0 (end after the report) · ONLY=name (one benchmark) · UPGRADE=1 (newer versions in the lock)"

setup: ## Set up .venv from the lock
	@python=$$(sh tools/python.sh) && "$$python" tools/environment.py

run: setup ## Estimate, report (ja, en), then the dashboard on 127.0.0.1:8000
	@echo "③ the estimate beside the published figures"
	@$(BIN)/meguri estimate check
	@$(MAKE) --no-print-directory report STEP="④ "
ifneq ($(SERVE),0)
	@echo "⑤ dashboard: http://127.0.0.1:$(PORT)/ (Ctrl-C ends it)"
	@exec $(BIN)/meguri serve --port $(PORT)
endif

report: setup ## Write the outflow report (HTML, PDF) into reports/
	@echo "$(STEP)report in Japanese and English"
	@$(BIN)/meguri report outflow --lang ja --out reports
	@$(BIN)/meguri report outflow --lang en --out reports

test: setup ## Style, types, room borders, documents, tests, coverage
	@CHROMIUM=$$(sh tools/browser.sh) && export CHROMIUM && $(BIN)/python tools/check.py

faults: setup ## Every fault and attack in full (about an hour); make test tries a few of each
	@FULL=1 $(BIN)/pytest tests/faults -q -o faulthandler_timeout=0

bench: setup ## Measure beside the floor; ONLY=name reruns one row
	@$(BIN)/python -m benchmarks.run $(if $(ONLY),--only $(ONLY))

docs: setup ## Build the documents and check their links
	@$(BIN)/python tools/check.py documents
	@echo "docs/_build/html/index.html"

screenshots: setup ## Take the pictures in docs/pictures from the running pages
	@CHROMIUM=$$(sh tools/browser.sh) && export CHROMIUM && $(BIN)/python tools/screenshots.py

lock: setup ## Resolve requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-strip-extras --no-emit-index-url --no-header --no-annotate $(if $(UPGRADE),--upgrade) \
		--group dev --group bench pyproject.toml --output-file requirements.lock
	@echo "requirements.lock: $$(grep -c '==' requirements.lock) packages"

audit: setup ## Look up known weaknesses of every locked package
	@$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip --strict --progress-spinner off

clean: ## Remove what the targets made
	rm -rf $(VENV) build dist reports docs/_build docs/reference/generated .coverage .coverage.* htmlcov \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests tools benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +
