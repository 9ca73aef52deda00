# Kopdiklat. `make run` needs only Python 3.11+ and Node 20+; every other target builds on it.
# `make run DEMO=no` begins without the demo office.
PYTHON ?= python3
BIN := .venv/bin
SOURCES := app.py config.py kopdiklat migrations tests bench scripts
export PORT ?= 8000

.PHONY: run test check audit bench pictures lock messages clean

run: .venv/.ok static/dist/manifest.json kopdiklat/translations/en/LC_MESSAGES/messages.mo
	@exec $(BIN)/flask serve $(if $(filter no,$(DEMO)),--no-demo)

test: .venv/.dev static/dist/manifest.json kopdiklat/translations/en/LC_MESSAGES/messages.mo
	@. scripts/services.sh && $(BIN)/pytest -n 2 --dist loadfile

check: .venv/.dev static/dist/manifest.json
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python scripts/check_translations.py

bench: .venv/.dev static/dist/manifest.json kopdiklat/translations/en/LC_MESSAGES/messages.mo
	@. scripts/services.sh && $(BIN)/python -m bench

pictures: .venv/.dev static/dist/manifest.json kopdiklat/translations/en/LC_MESSAGES/messages.mo
	@. scripts/services.sh && $(BIN)/python -m scripts.pictures

# Known advisories of what we depend on; asks an outside service, so it is no gate.
audit: .venv/.dev
	-$(BIN)/pip install --quiet pip-audit && $(BIN)/pip-audit -r requirements.txt --disable-pip
	-npm audit --omit=dev

# Resolve the requirements again, with hashes and without naming a registry.
lock: .venv/.dev
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --no-emit-index-url --custom-compile-command "make lock" --upgrade -q requirements.in -o requirements.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --no-emit-index-url --custom-compile-command "make lock" --upgrade -q requirements-dev.in -o requirements-dev.txt

# Bring the English catalogue up to date with the sentences in the code.
messages: .venv/.dev
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k _l -o messages.pot --no-location --sort-output \
	  --omit-header .
	$(BIN)/pybabel -q update -i messages.pot -d kopdiklat/translations -l en --no-fuzzy-matching \
	  --omit-header --ignore-obsolete

.venv/.ok: requirements.txt
	@echo "Menyiapkan lingkungan Python ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@touch $@

.venv/.dev: .venv/.ok requirements-dev.txt
	@echo "Menyiapkan alat pengujian ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

static/dist/manifest.json: package-lock.json build.mjs $(shell find frontend -type f 2>/dev/null)
	@echo "Membangun tampilan ..."
	@npm ci --silent --no-audit --no-fund
	@npm run --silent build

kopdiklat/translations/en/LC_MESSAGES/messages.mo: kopdiklat/translations/en/LC_MESSAGES/messages.po .venv/.ok
	@$(BIN)/pybabel -q compile -d kopdiklat/translations

clean:
	rm -rf .venv node_modules static/dist var
