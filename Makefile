# `make demo` and `make test` are all a fresh machine needs; both set up what they need of the virtual environment first.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
TOOLS  := $(VENV)/.installed-dev
DOCS   := $(VENV)/.installed-docs
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
TESTS  := $(BIN)/python -m pytest
ROUNDS ?= 3

.PHONY: demo test fuzz check words docs scatter format clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	touch $(STAMP)

$(TOOLS): $(STAMP)
	$(PIP) -e '.[dev]'
	touch $(TOOLS)

$(DOCS): $(TOOLS)
	$(PIP) -e '.[dev,docs]'
	touch $(DOCS)

demo: $(STAMP)
	$(BIN)/oxygen-recon demo

test: $(TOOLS)
	$(TESTS) -m 'not slow and not gpu'

# The property-based tests with new examples in every round; `make test` always takes the same ones.
fuzz: $(TOOLS)
	for round in $$(seq $(ROUNDS)); do \
		OXYGEN_RECON_HYPOTHESIS=fuzz $(TESTS) -m 'hypothesis and not slow and not gpu' || exit 1; \
	done

check: $(TOOLS) words
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

words: $(TOOLS)
	$(BIN)/python .ci/words.py

# Runs the examples of the docstrings, then the tutorials, and builds the pages; a warning is an error.
docs: $(DOCS)
	$(TESTS) --doctest-modules qc graphs oxygen_recon
	rm -rf build/docs docs/api/generated
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --jobs auto --quiet docs build/docs
	@echo "build/docs/index.html"

# torch-scatter has no wheels and compiles for minutes; results are the same with and without it.
scatter: $(STAMP)
	$(PIP) setuptools wheel
	$(PIP) --no-build-isolation -e '.[scatter]'

format: $(TOOLS)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build docs/api/generated *.egg-info
