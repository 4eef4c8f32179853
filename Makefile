# The two commands of the README: make demo, make test. Each makes its own virtual environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test check docs notebooks bench labels campaign lock clean

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
	$(BIN)/python benchmarks/bench_wide_long.py
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/bench_growth.py 1000 10000

# 2,100 files of seven platforms with random value labels: the words are scored, or it is refused
labels: $(VENV)/.developed
	ALLIANCE_LABEL_FILES=2100 $(BIN)/python -m pytest -q -s tests/exchange/test_labels_campaign.py

# 1,000 degenerate tables for each statistic of tests/campaign (50 in the ordinary tests)
campaign: $(VENV)/.developed
	ALLIANCE_CAMPAIGN_TABLES=1000 $(BIN)/python -m pytest -q tests/campaign

lock:
	bash .ci/lock

clean:
	rm -rf $(VENV) build dist docs/_build docs/instruments

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Exactly the versions of the lock, each checked by its hash; the project itself is built by what
# the lock holds, so that a release of tomorrow changes nothing here.
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml requirements/core.lock
	$(PIP) install --require-hashes --requirement requirements/core.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.developed: $(VENV)/bin/python pyproject.toml requirements/dev.lock
	$(PIP) install --require-hashes --requirement requirements/dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/.installed
