# Each target makes its own virtual environment: Python 3.10+ and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := feeder analyzers responders tests

.PHONY: help demo test test-long lint types bench faults kill neuron clean

help:  ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/:/' | column -t -s:

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=/path/to/python3 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

demo: $(VENV)/ready  ## Run the main job on simulated services and show what came of it
	$(BIN)/codedefender2th demo

test: lint types $(VENV)/ready  ## Lint, types and tests (no network, under two minutes)
	$(BIN)/python -m pytest -n 4 --dist worksteal -m 'not slow' tests

test-long: $(VENV)/ready  ## The tests that `make test` leaves out for their time (minutes)
	$(BIN)/python -m pytest -n 4 --dist worksteal -m slow tests

lint: $(VENV)/ready  ## ruff, format included
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

types: $(VENV)/ready  ## mypy --strict
	$(BIN)/mypy feeder
	cd analyzers/CodeDefender && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml .
	cd responders/CodeDefender && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml .
	MYPYPATH=tests $(BIN)/mypy tests/simulators

bench: $(VENV)/ready  ## Benchmarks: ratios measured side by side
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python tests/bench/run.py

faults: $(VENV)/ready  ## Every request × every fault, as a table (minutes)
	cd tests && PYTHONPATH=.:e2e $(CURDIR)/$(BIN)/python -m faults

kill: $(VENV)/ready  ## kill -9 and SIGTERM at every moment, then look (minutes)
	cd tests && PYTHONPATH=.:e2e $(CURDIR)/$(BIN)/python -m kill

neuron:  ## Copy what analyzers and responder share to the responder
	rm -rf responders/CodeDefender/neuron
	cp -R analyzers/CodeDefender/neuron responders/CodeDefender/neuron

clean:  ## Remove what the targets made
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
