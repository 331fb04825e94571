# `make demo` and `make test` are all a fresh machine needs; both set up the virtual environment first.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: demo test check scatter format clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/oxygen-recon demo

test: $(STAMP)
	$(BIN)/python -m pytest -m 'not slow and not gpu'

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# torch-scatter has no wheels and compiles for minutes; results are the same with and without it.
scatter: $(STAMP)
	$(BIN)/python -m pip install -c constraints.txt setuptools wheel
	$(BIN)/python -m pip install --no-build-isolation -c constraints.txt -e '.[scatter]'

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build *.egg-info
