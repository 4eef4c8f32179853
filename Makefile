# The two commands of the README: make demo, make test. Each makes its own virtual environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test check docs notebooks bench clean

demo: $(VENV)/.installed
	$(BIN)/alliance demo

test: $(VENV)/.developed
	$(BIN)/python -m pytest -n auto

check: $(VENV)/.developed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(VENV)/.developed
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

notebooks: $(VENV)/.developed
	$(BIN)/python notebooks/run.py

bench: $(VENV)/.developed
	$(BIN)/python benchmarks/bench_scoring.py
	$(BIN)/python benchmarks/bench_change.py
	$(BIN)/python benchmarks/bench_sessions.py
	$(BIN)/python benchmarks/bench_psychometrics.py
	$(BIN)/python benchmarks/bench_exports.py

clean:
	rm -rf $(VENV) build dist docs/_build docs/instruments

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.developed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $@ $(VENV)/.installed
