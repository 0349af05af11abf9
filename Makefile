# The two commands are `make demo` and `make test`; everything else is for those who work on Archipel.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export UV_PYTHON_DOWNLOADS = never
export UV_SYSTEM_CERTS = 1
# Many images forbid compiled modules: each of the processes that start here would then compile 3,000 of them again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint types contracts check bench lock shots clean install

install: $(STAMP)

$(STAMP): requirements.txt pyproject.toml
	@echo "› Préparation de l'environnement Python (une seule fois)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --quiet --disable-pip-version-check install uv
	@echo "› Installation des bibliothèques (empreintes vérifiées)…"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt \
	  || $(BIN)/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/archipel demo $(ARGS)

# -s: a command run inside a test could otherwise close the captured output of all that follow in its worker.
# Files are handed out whole, in the order of conftest.py: the longest first.
WORKERS := -s -n auto --dist loadfile --no-loadscope-reorder

# The suite runs on the embedded PostgreSQL and, where DATABASE_URL names a server, on that server too.
test: $(STAMP)
	@env -u DATABASE_URL $(BIN)/python -m pytest $(WORKERS) $(ARGS)
	@if [ -n "$$DATABASE_URL" ]; then echo "› Les mêmes tests sur le serveur de DATABASE_URL…"; \
	  ARCHIPEL_TEST_DATABASE_URL="$$DATABASE_URL" env -u DATABASE_URL \
	  $(BIN)/python -m pytest $(WORKERS) tests/db tests/property tests/e2e $(ARGS); fi

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint src --quiet

types: $(STAMP)
	$(BIN)/mypy src/archipel

contracts: $(STAMP)
	$(BIN)/lint-imports
	$(BIN)/archipel manage makemigrations --check --dry-run

check: lint types contracts test

bench: $(STAMP)
	@$(BIN)/python -m bench.$(B) $(ARGS)

shots: $(STAMP)
	@$(BIN)/python -m tools.screenshots $(ARGS)

lock:
	$(BIN)/uv pip compile --quiet --extra dev --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --python-version 3.11 --universal -o requirements.txt pyproject.toml

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
