PYTHON ?= python3
BIN := .venv/bin
export SAETM_HOME ?= .saetm

.PHONY: help demo test slow gpu vllm-test ui day check format bench bench-full leaderboard lock golden vendor
help:            ## show the verbs
	@grep -E '^[a-z-]+: .*##' Makefile | sed 's/: .*##/ -/'

.venv/base: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	@touch $@

.venv/dev: .venv/base
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[dev,image,rivals]"
	@touch $@

demo: .venv/base ## make two datasets, find their topics and print them
	@$(BIN)/saetm demo

ui: .venv/base   ## Dagster webserver and daemon on the same home
	@$(BIN)/saetm ui

day: .venv/base  ## files land while the UI and its daemon run; prints what was computed
	$(BIN)/python benchmarks/day_in_the_life.py

test: .venv/dev  ## the test suite
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

slow: .venv/dev  ## the tests that take minutes
	$(BIN)/python -m pytest -m slow --timeout 1800

gpu: .venv/dev   ## the tests that need an accelerator
	$(BIN)/python -m pytest -m gpu

vllm-test: .venv/dev ## tests with a real vLLM, in an environment of its own (6 GB) in the folder VLLM
	test -x $(VLLM)/bin/vllm || PYTHON=$(PYTHON) tests/vllm/install.sh $(VLLM)
	SAETM_TEST_VLLM=$(VLLM) $(BIN)/python -m pytest -m slow tests/vllm
VLLM ?= /tmp/saetm-vllm

check: .venv/dev ## format, lint, types, import contracts, definitions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/dagster definitions validate -w workspace.yaml

format: .venv/dev ## format and mend what can be mended
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: .venv/dev ## short benchmarks, into $(SAETM_HOME)/benchmarks; DATA is a folder with newsgroups.jsonl.gz
	$(BIN)/python benchmarks/run_all.py --short --data $(DATA) \
	  --results $(SAETM_HOME)/benchmarks --page $(SAETM_HOME)/benchmarks.md

bench-full: .venv/dev ## the benchmarks of docs/benchmarks.md, for hours
	$(BIN)/python benchmarks/run_all.py --data $(DATA) \
	  --results docs/benchmarks --page docs/benchmarks.md
DATA ?= ../shared/data

leaderboard: .venv/dev ## fit and score all topic models for docs/leaderboard.md, for an hour or two
	$(BIN)/python benchmarks/leaderboards.py --data $(DATA) --home $(SAETM_HOME)/leaderboard

golden: .venv/dev ## rewrite the golden files and generated docs
	$(BIN)/python -m pytest tests/golden --golden

vendor: ## fetch the explorer's JavaScript anew, in the versions of vendor.json; needs npm
	$(PYTHON) deploy/vendor.py

lock: .venv/dev  ## renew the joint resolution of all extras
	$(BIN)/pip install --quiet uv
	{ head -2 constraints.txt; echo; $(BIN)/uv pip compile --quiet --all-extras --python-version 3.11 \
	  --no-header --no-annotate pyproject.toml; } > constraints.new && mv constraints.new constraints.txt
