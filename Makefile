# make run    set everything up, run the whole pipeline on the sample photographs
# make test   set everything up, pass the tests
# make test-modern  the same in a Debian 13 root with the newer TFX, which it makes in $(MODERN)
# make check  format, lint, types, import rules
# make setup  fill .venv; PYTHON=3.10 (or 3.11 to 3.13) chooses the Python, EXTRAS="gpu" what goes in
# make clean  remove what was built; the output of runs stays

.DELETE_ON_ERROR:
SHELL := /bin/bash
comma := ,
EXTRAS ?=
PYTHON ?=
MODERN ?= /var/tmp/outpainting-debian13
export PYTHON
STAMP := .venv/.complete
# Which line it is of; filled anew where PYTHON names another.
CHOSEN := $(shell cat $(STAMP) 2>/dev/null)
ifneq ($(PYTHON),)
ifeq ($(findstring Python $(PYTHON)$(comma),$(CHOSEN)),)
.PHONY: $(STAMP)
endif
endif

.PHONY: run test test-modern check setup lock clean
run: $(STAMP)
	@cat $(STAMP)
	.venv/bin/python local_runner.py $(ARGS)

test: $(STAMP)
	@cat $(STAMP)
	.venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-modern:
	bash scripts/test_modern.sh $(MODERN) make test ARGS="$(ARGS)"
	bash scripts/test_modern.sh $(MODERN) make run

check: $(STAMP)
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

setup: $(STAMP)

$(STAMP): pyproject.toml uv.lock scripts/setup.sh
	bash scripts/setup.sh $(EXTRAS)

lock:
	bash scripts/setup.sh --lock

# What was built. `output` is not: there are the models that runs pushed.
clean:
	rm -rf .venv .uv build *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
