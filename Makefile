# Each target makes its own virtual environment: Python 3.10+ and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LINTED := feeder analyzers responders docker examples release thehive-templates tests
SECONDS ?= 60
FUZZ_EXAMPLES ?= 300
DAYS ?= 30
# What is compiled is kept, whatever the caller's environment says.
export PYTHONDONTWRITEBYTECODE :=
# One for all folders: most of what mypy reads are Python's own types.
export MYPY_CACHE_DIR := $(CURDIR)/.mypy_cache
STEADY := --hypothesis-profile steady -m 'not slow and not rendering'
OTHERS := tests --ignore tests/unit --ignore tests/fuzz
CARD := analyzers/CodeDefender/content/behaviour

.PHONY: help address demo test tests unit-tests end-to-end-tests test-long lint types bench bench-identity bench-content bench-report package faults kill soak fuzz audit test-rendering test-stack screenshots templates catalog card-page neuron data clean

help:  ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/ready: pyproject.toml setup.py constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=/path/to/python3 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

demo: $(VENV)/ready  ## Run the main job on simulated services and show what came of it
	$(BIN)/codedefender2th demo

test: lint  ## Lint, types and tests (no network; about two minutes on two cores)
	@$(MAKE) --no-print-directory --output-sync -j 3 types tests

tests: unit-tests end-to-end-tests

# Those that compute step back before those that wait for others, and for whom seconds count.
unit-tests: $(VENV)/ready
	nice $(BIN)/python -m pytest -n 2 --dist worksteal $(STEADY) tests/unit tests/fuzz

# The first line has every module compiled once, which each of the workers would do otherwise.
end-to-end-tests: $(VENV)/ready
	@$(BIN)/python -m pytest --collect-only -q -n 0 $(OTHERS) >/dev/null
	$(BIN)/python -m pytest -n 6 --dist worksteal $(STEADY) $(OTHERS)

test-long: $(VENV)/ready  ## The tests that `make test` leaves out for their time (minutes)
	$(BIN)/python -m pytest -n 4 --dist worksteal -m 'slow and not rendering' tests
	FUZZ_EXAMPLES=100 $(BIN)/python -m pytest -n 4 --timeout 600 tests/fuzz

lint: $(VENV)/ready  ## ruff, format included
	$(BIN)/ruff check $(LINTED)
	$(BIN)/ruff format --check $(LINTED)

types: $(VENV)/ready  ## mypy --strict
	$(BIN)/mypy feeder
	cd analyzers/CodeDefender && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml .
	cd responders/CodeDefender && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml .
	MYPYPATH=tests $(BIN)/mypy tests/simulators
	MYPYPATH=feeder:docker $(BIN)/mypy --explicit-package-bases docker/bootstrap docker/catalog.py docker/neurons docker/cortex release
	MYPYPATH=feeder:docker $(BIN)/mypy --explicit-package-bases thehive-templates/assemble.py
	MYPYPATH=feeder:docker:tests:responders/CodeDefender $(BIN)/mypy --explicit-package-bases tests/stack tests/rendering

bench: $(VENV)/ready  ## Benchmarks: ratios measured side by side
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python tests/bench/run.py

bench-identity: $(VENV)/ready  ## Scripts told from published files, on the npm archives in CORPUS=folder (minutes)
	$(BIN)/python tests/bench/identity.py $(CORPUS)

bench-content: $(VENV)/ready  ## What reading and running the scripts under CORPUS=<folder> finds (BENCH=--list: what is missed)
	$(BIN)/python tests/bench/content.py $(BENCH) "$(CORPUS)"

bench-report: $(VENV)/ready  ## `report` over ten thousand alerts: requests and memory (minutes, most of them the simulator's)
	cd tests && PYTHONPATH=.:bench:e2e:../feeder $(CURDIR)/$(BIN)/python bench/report.py

faults: $(VENV)/ready  ## Every request × every fault, as a table (minutes)
	cd tests && PYTHONPATH=.:e2e $(CURDIR)/$(BIN)/python -m faults

kill: $(VENV)/ready  ## kill -9 and SIGTERM at every moment, then look (minutes)
	cd tests && PYTHONPATH=.:e2e $(CURDIR)/$(BIN)/python -m kill

soak: $(VENV)/ready  ## A month of a SOC in accelerated time, with all that breaks in a month (minutes; DAYS=30)
	cd tests && PYTHONPATH=.:e2e:../feeder:../responders/CodeDefender $(CURDIR)/$(BIN)/python -m soak $(DAYS)

fuzz: $(VENV)/ready  ## Hostile messages, addresses, answers and scripts for SECONDS=60 each, as long as you like
	cd tests && FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(CURDIR)/$(BIN)/python -m pytest -n 4 --timeout 3600 fuzz
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'; then \
	  cd tests && for target in message script reading; do \
	    PYTHONPATH=.:../feeder:../analyzers/CodeDefender $(CURDIR)/$(BIN)/python -m fuzz.guided $$target \
	      -max_total_time=$(SECONDS) -verbosity=0 -print_final_stats=1 || exit 1; done; \
	else echo 'Coverage-guided fuzzing was skipped: atheris has no wheel for this Python (3.11 to 3.14 on Linux).'; fi

test-rendering: $(VENV)/ready  ## The report templates in the AngularJS that TheHive uses (needs npm)
	@if command -v npm >/dev/null; then cd tests/rendering && npm ci --silent --no-audit --no-fund; \
	else echo 'There is no npm: the tests will say that they are skipped.'; fi
	$(BIN)/python -m pytest -rs -m rendering tests/rendering

test-stack: $(VENV)/ready  ## The bundled stack, from a Slack post to the case (needs Docker; THEHIVE=4 for 4.1)
	cd tests && PYTHONPATH=. $(CURDIR)/$(BIN)/python -m stack $(if $(filter 4%,$(THEHIVE)),--thehive4)

screenshots: demo  ## The demonstration's page as pictures for the README (needs Chromium)
	cd tests && PYTHONPATH=. $(CURDIR)/$(BIN)/python -m demo.screenshot

templates: $(VENV)/ready  ## The report templates of their parts, and a zip for TheHive's import
	PYTHONPATH=docker $(BIN)/python thehive-templates/assemble.py

catalog:  ## Cortex's catalogs of the images (those built here; REGISTRY=… TAG=… for a release's)
	$(PYTHON) docker/catalog.py out/catalog $(REGISTRY) $(TAG)

package: $(VENV)/ready  ## Wheel and source archive in dist/, and the wheel tried in an environment of its own
	rm -rf dist build out/package
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[release]'
	$(BIN)/python -m build --outdir dist .
	$(PYTHON) -m venv out/package
	out/package/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt dist/*.whl
	cd out && package/bin/codedefender2th --version && package/bin/codedefender2th feed --help >package/help.txt
	cd out && package/bin/codedefender2th try ../tests/data/skimmers/keys-to-image.benign.js

audit: $(VENV)/ready  ## Are the pinned dependencies known to be vulnerable? (asks PyPI and OSV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[audit]'
	$(BIN)/python tests/audit.py

card-page:  ## The libraries of the card test's page, bundled from their pinned versions (needs npm)
	cd $(CARD)/bundle && npm ci --silent --no-audit --no-fund --ignore-scripts && node_modules/.bin/esbuild entry.js \
	  --bundle --minify --platform=browser --format=iife --global-name=dom --outfile=dom.js --log-level=error
	cd $(CARD)/bundle && cp node_modules/@mixmark-io/domino/LICENSE dom.LICENSE.txt \
	  && cp node_modules/jquery/dist/jquery.min.js jquery.js && cp node_modules/jquery/LICENSE.txt jquery.LICENSE.txt && rm -rf node_modules

address:  ## The project's public address, in all files that name it (URL=https://…)
	$(PYTHON) release/address.py $(URL)

neuron:  ## Copy what analyzers and responder share to the responder, and what the feeder needs of it to the feeder
	rm -rf responders/CodeDefender/neuron
	cp -R analyzers/CodeDefender/neuron responders/CodeDefender/neuron
	cd analyzers/CodeDefender/neuron && cp shared_hosts.py shared-hosts.tsv suffixes.py $(CURDIR)/feeder/codedefender2th/playbook/

data: $(VENV)/ready  ## The analyzers' tables of hosts and libraries, made anew of the SOURCES= in a folder
	cd analyzers/CodeDefender && $(CURDIR)/$(BIN)/python -m hosts.tables "$(abspath $(or $(SOURCES),tests/data/hosts))"
	cd analyzers/CodeDefender && $(CURDIR)/$(BIN)/python -m content.identity.tables "$(abspath $(or $(SOURCES),tests/data/libraries))"

clean:  ## Remove what the targets made
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
