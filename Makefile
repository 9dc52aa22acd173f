# Every target sets up what it needs first; nothing is set up again until a lock file changes.
#   make demo    fresh machine: set-up, then `skykeep demo`
#   make demo-permit    the same, then `skykeep permit demo`
#   make demo-account   the same, then `skykeep account demo`
#   make serve   the same, then a live station over an invented town
#   make test    fresh machine: set-up, then every bounded check
# Windows, or no make: `pip install .` and `skykeep demo` do the same.

PYTHON ?= python3
JOBS   ?= 2
UV     ?= uv
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := requirements/run.txt requirements/build.txt
WORK   := requirements/nlp.txt requirements/dev.txt requirements/docs.txt

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: demo demo-permit demo-account serve test kernels soak bench docs lint lock sbom audit status clean help
.DEFAULT_GOAL := help

help:
	@echo 'make demo   set up, then play the demo'
	@echo 'make demo-permit   set up, then play the life of a permit'
	@echo 'make demo-account  set up, then make the account of an invented night'
	@echo 'make serve  set up, then run a station over an invented town'
	@echo 'make test   set up, then lint, types, docs and every bounded test'
	@echo 'make kernels   compile what is compiled at its first call, so that it is there'
	@echo 'make soak   the long, counted tests'
	@echo 'make bench  the benchmarks; results go to benchmarks/RESULTS.md'
	@echo 'make docs   the documentation, into docs/_build/html'
	@echo 'make status README table and architecture picture, made again'
	@echo 'make sbom   the list of all that Skykeep runs with, into build/sbom.json'
	@echo 'make audit  what is known against the packages in the lock; needs the network'
	@echo 'make lock   the requirement files, made again from pyproject.toml'
	@echo 'make clean  throw away what the targets above made'

# ---- set-up ------------------------------------------------------------------------------------

$(BIN)/.run-stamp: $(RUN) pyproject.toml scripts/set-up
	@PYTHON='$(PYTHON)' scripts/set-up '$(VENV)' $(RUN)
	@touch $@

$(BIN)/.work-stamp: $(BIN)/.run-stamp $(WORK)
	@PYTHON='$(PYTHON)' scripts/set-up '$(VENV)' $(RUN) $(WORK)
	@touch $@

# A server for tests whose own needs do not agree with ours.
build/tak/bin/.stamp: requirements/tak.txt scripts/set-up
	@PYTHON='$(PYTHON)' SKYKEEP_ALONE=1 scripts/set-up build/tak requirements/tak.txt
	@touch $@

# ---- what people ask for -----------------------------------------------------------------------

demo: $(BIN)/.run-stamp
	@$(BIN)/skykeep demo

demo-permit: $(BIN)/.run-stamp
	@$(BIN)/skykeep permit demo

demo-account: $(BIN)/.run-stamp
	@$(BIN)/skykeep account demo

# A station with an invented town, made anew each time: who may sign in is printed before it starts.
serve: $(BIN)/.run-stamp
	@rm -rf demo-station-out
	@$(BIN)/skykeep init demo-station-out --demo --name 'Invented town (SIMULATED)'
	@$(BIN)/skykeep serve demo-station-out

lint: $(BIN)/.work-stamp
	$(BIN)/ruff check
	$(BIN)/mypy

docs: $(BIN)/.work-stamp
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

# Kernels are compiled at their first call and kept beside their modules: a minute or two of one core. Done once here, on
# the other core while lint and docs run, and not by every process of the tests at the same time.
kernels: $(BIN)/.work-stamp
	@$(BIN)/python -m tests.watch.same_bytes --n 3 --seconds 6 >/dev/null
	@$(BIN)/python -m tests.golden >/dev/null

# The test run comes last, so that the output ends with pytest's own closing line.
test: $(BIN)/.work-stamp build/tak/bin/.stamp
	@scripts/system-packages
	@$(MAKE) --no-print-directory kernels & kernels=$$!; \
	if $(MAKE) --no-print-directory lint docs; \
	then wait $$kernels || echo 'kernels: not compiled beforehand; the tests will say why' >&2; \
	else kill $$kernels; exit 1; fi
	$(BIN)/pytest -n $(JOBS) --dist loadgroup

soak: $(BIN)/.work-stamp
	$(BIN)/pytest -m soak

bench: $(BIN)/.work-stamp
	$(BIN)/python -m benchmarks

status: $(BIN)/.work-stamp
	$(BIN)/python scripts/readme_status.py
	$(BIN)/python scripts/draw_architecture.py

sbom: $(BIN)/.work-stamp
	@BIN=$(BIN) scripts/sbom

# Exit 2: what is known cannot be asked from here, which is not the same as that nothing is.
audit: $(BIN)/.work-stamp
	@BIN=$(BIN) scripts/audit

# uv is the one tool that is not locked, since it makes the locks.
lock:
	UV='$(UV)' PYTHON='$(PYTHON)' scripts/lock

clean:
	rm -rf docs/_build docs/reference/generated .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist demo-out demo-permit-out demo-account-out demo-station-out
	find skykeep tests scripts docs benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
