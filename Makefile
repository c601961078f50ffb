# Two commands do everything: `make demo` and `make test`. Both make and use .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := audit_reports/demo

.PHONY: demo test check example docs clean

$(VENV)/.installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[fast]" --group test --group check
	touch $@

demo: $(VENV)/.installed
	$(BIN)/glassledger demo $(DEMO)

test: $(VENV)/.installed
	SCIPY_ARRAY_API=1 $(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/.installed
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

example: $(VENV)/.installed
	$(BIN)/python -m tests.example

docs: $(VENV)/.installed
	$(BIN)/python -m tests.error_page
	$(BIN)/python -c "from glassledger.policy.reference import reference_markdown as page; print(page(), end='')" > docs/reference/policy.md
	$(BIN)/python -c "from glassledger.policy.reference import redaction_markdown as page; print(page(), end='')" > docs/reference/redaction-policy.md
	$(BIN)/glassledger schema evidence > docs/formats/evidence.schema.json
	$(BIN)/glassledger schema model > docs/formats/model.schema.json

clean:
	rm -rf dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
