# Two commands on a fresh machine with Python ≥ 3.11 and make: `make demo`, `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint format bench docs clean

$(VENV)/made:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/running: $(VENV)/made pyproject.toml
	$(PIP) --editable .
	touch $@

# torch comes first and by its plain version: a range would bring its newest build for accelerators.
$(VENV)/developing: $(VENV)/made pyproject.toml
	$(PIP) torch==2.13.0
	$(PIP) --editable ".[train,dev]"
	touch $@ $(VENV)/running

demo: $(VENV)/running
	$(BIN)/geying demo

lint: $(VENV)/developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadgroup

format: $(VENV)/developing
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/developing
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.accuracy
	$(BIN)/python -m benchmarks.similarity
	$(BIN)/python -m benchmarks.conversations
	$(BIN)/python -m benchmarks.matching

docs: $(VENV)/developing
	$(BIN)/python -m bot.casework.render

clean:
	rm -rf $(VENV) build *.egg-info
