# make run    set everything up, run the whole pipeline on the sample photographs
# make test   set everything up, pass the tests
# make check  format, lint, types, import rules
# make setup  fill .venv
# make clean  remove what was built; the output of runs stays

.DELETE_ON_ERROR:
SHELL := /bin/bash
EXTRAS ?=
STAMP := .venv/.complete

.PHONY: run test check setup lock clean
run: $(STAMP)
	.venv/bin/python local_runner.py $(ARGS)

test: $(STAMP)
	.venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(STAMP)
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

setup: $(STAMP)

$(STAMP): pyproject.toml uv.lock .python-version scripts/setup.sh
	bash scripts/setup.sh $(EXTRAS)
	touch $@

lock:
	bash scripts/setup.sh --lock

# What was built. `output` is not: there are the models that runs pushed.
clean:
	rm -rf .venv .uv build *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
