# Everything here needs Python 3.11+, pip and make; the first target that is run sets up .venv.

PYTHON = $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
BIN := .venv/bin
READY := .venv/setup-ready
SERVING := .venv/setup-serving

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow lint bench clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: $(READY) ## make .venv ready (done by every other target too)

$(READY): pyproject.toml tools/setup_env.py
	@test -n "$(PYTHON)" || { echo "slowthink needs Python 3.11 or newer: no such python3 was found. Install one, or run: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(PYTHON) tools/setup_env.py

demo: $(READY) ## the paper's failures, fast beside slow, on the embedded model
	@$(BIN)/slowthink demo

lint: $(READY) ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --strict tools/setup_env.py

test: lint ## lint, then the fast tests (under 10 minutes)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

$(SERVING): $(READY)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --editable ".[dev,serving,harness,ray]"
	@touch $(SERVING)

test-slow: $(SERVING) ## the slow tests: a fresh clone, thorough properties, a model server, lm-eval, a Ray cluster
	HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest -m slow

bench: $(READY) ## the paper's arithmetic, reported beside GPT-4's figures
	$(BIN)/python -m slowthink.benchmarks.sparks_arith $(ARGS)

clean: ## remove .venv and what tools left behind; fetched models stay in the user's cache
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
