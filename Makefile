# Two commands do all set-up: `make demo` runs the main job, `make test` runs the tests.
PYTHON ?= python3
VENV ?= .venv
LLM ?= 1

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test litellm lint types docs check clean

help:
	@echo "make demo        size a real task, a language model among the candidates"
	@echo "make demo LLM=0  the same without the language model"
	@echo "make test        the whole test suite"
	@echo "make docs        the docs site, into site/ (open site/index.html)"
	@echo "make litellm     the tests with LiteLLM, in an environment of their own"
	@echo "make check       lint, types and tests, as CI runs them"

$(VENV)/.made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Modicum needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.run: $(VENV)/.made pyproject.toml requirements/constraints.txt requirements/assets.txt
	@echo "Setting up (a few minutes and about 1.2 GB, once) ..."
	$(PIP) install --constraint requirements/constraints.txt --editable '.[size,llm,serve,postgres,discover]'
	$(PIP) install --no-deps --require-hashes --requirement requirements/assets.txt
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(PIP) install --constraint requirements/constraints.txt --requirement requirements/dev.txt
	touch $@

$(VENV)/.docs: $(VENV)/.run requirements/docs.txt
	$(PIP) install --constraint requirements/constraints.txt --requirement requirements/docs.txt
	touch $@

demo: $(VENV)/.run
	$(BIN)/modicum demo $(if $(filter 0,$(LLM)),--no-llm)

test: $(VENV)/.dev
	$(BIN)/python -m pytest

# LiteLLM wants older versions of two packages: its tests run in an environment laid over the other.
.venv-litellm/.made: $(VENV)/.dev requirements/litellm.txt
	$(BIN)/python -m venv .venv-litellm
	.venv-litellm/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --requirement requirements/litellm.txt
	$(BIN)/python -c 'import pathlib, sysconfig; print(pathlib.Path("src").resolve(), sysconfig.get_path("purelib"), sep=chr(10))' \
	  > "$$(.venv-litellm/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/over.pth"
	touch $@

litellm: .venv-litellm/.made
	.venv-litellm/bin/python -W ignore -m pytest -W ignore tests/serve/test_litellm.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

check: lint types docs test

clean:
	rm -rf $(VENV) modicum-runs site .mypy_cache .ruff_cache .hypothesis build dist
