# Plain `make` lists what there is. Everything lives in .venv; nothing is installed elsewhere
# except Debian's chromium, by `make test`, where apt may.

PYTHON ?= $(shell .ci/python)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Each program would compile what it imports anew where the environment keeps Python from writing it down.
unexport PYTHONDONTWRITEBYTECODE
STAMPS := .venv/stamps

.DEFAULT_GOAL := help
.PHONY: help run test chromium check types laws style layers models coverage freeze fix bench load drill readers lock messages vendor screenshots clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMPS)/run: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make run PYTHON=python3.11"; exit 1; }
	@echo "Installing requirements.txt ..."
	@.ci/install requirements.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements-dev.txt $(STAMPS)/run
	@echo "Installing requirements-dev.txt ..."
	@.ci/install requirements-dev.txt
	@mkdir -p $(STAMPS) && touch $@

run: $(STAMPS)/run ## start everything on 127.0.0.1:$PORT (8000); Ctrl-C stops it
	@exec $(BIN)/python manage.py serve

test: ## check, then the suite on real PostgreSQL, Redis and Celery; ONLY=tests/walls, LONG=yes
	@$(MAKE) --no-print-directory --jobs 2 chromium $(STAMPS)/dev
	@test -n "$(ONLY)" || $(MAKE) --no-print-directory --jobs 2 types $(STAMPS)/compiled laws
	@DUKCAPIL_TEST_ANEW=$(if $(ONLY),,yes) DUKCAPIL_TEST_LONG=$(LONG) $(BIN)/python -m pytest -n 3 --dist loadgroup $(ONLY)

# Three workers would compile the application and all tests at once, each for itself. What is wrong with them the suite says.
$(STAMPS)/compiled: $(STAMPS)/dev
	@$(BIN)/python -m pytest -qq -n 0 --collect-only >/dev/null || true
	@touch $@

chromium:
	@.ci/chromium

check: $(STAMPS)/dev ## lint, types, architecture, migrations; needs no database, writes nothing
	@$(MAKE) --no-print-directory --jobs 2 types laws

types: $(STAMPS)/dev
	@DUKCAPIL_SECRET_KEY=unused $(BIN)/mypy .

laws: style layers models

style: $(STAMPS)/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint --quiet --lint templates
	@$(BIN)/djlint --quiet --check templates
	@.ci/js

layers: $(STAMPS)/dev
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/python .ci/edges.py

models: $(STAMPS)/dev
	@DUKCAPIL_SECRET_KEY=unused DATABASE_WEB_URL=postgres://nobody@127.0.0.1:1/nothing \
		$(BIN)/python -W "ignore:Got an error checking a consistent migration history" \
		manage.py makemigrations --check --dry-run
	@$(BIN)/python .ci/migrations.py

freeze: $(STAMPS)/dev ## write a new migration into .ci/migrations.lock
	@$(BIN)/python .ci/migrations.py --freeze

coverage: $(STAMPS)/dev ## the whole suite with its branches counted; fails below 95 %
	@.ci/chromium
	@$(BIN)/coverage erase
	@DUKCAPIL_TEST_ANEW=yes DUKCAPIL_TEST_LONG=yes $(BIN)/coverage run -m pytest -n 3 --dist loadgroup --timeout=600
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

fix: $(STAMPS)/dev ## format and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/djlint --quiet --reformat templates

load: $(STAMPS)/dev ## thirty clerks at one event for five minutes, through HTTP on loopback
	@$(BIN)/python -m tests.benchmarks.desk

bench: $(STAMPS)/dev ## ratios against baselines, measured in one run; a table and JSON; ROWS="daily_build maps"
	@$(BIN)/python -m tests.benchmarks $(ROWS)

drill: $(STAMPS)/dev ## kills, fuzz, long races, restore: half an hour; a table and JSON
	@$(BIN)/python -m tests.drills $(DRILLS)

readers: $(STAMPS)/run ## programs of others read our files, from a running `make run`
	@test -x .venv/readers/bin/python || $(BIN)/python -m venv .venv/readers
	@.venv/readers/bin/python -m pip install --quiet --requirement tests/readers/requirements.txt
	@.venv/readers/bin/python -m tests.readers

lock: $(STAMPS)/dev ## resolve pyproject.toml into the two requirements files
	@$(BIN)/uv pip compile --quiet --annotation-style line --python-version 3.11 \
		--custom-compile-command "make lock" pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --annotation-style line --python-version 3.11 \
		--custom-compile-command "make lock" pyproject.toml --group dev \
		--constraint requirements.txt -o requirements-dev.txt

messages: ## collect strings and compile the Indonesian catalogue (needs Debian's gettext)
	@$(BIN)/python manage.py makemessages -l id --no-location --no-obsolete --no-wrap \
		--ignore '.venv/*' --ignore 'tests/*' --ignore 'var/*'
	@msgfmt --check-format --statistics -o dukcapil/locale/id/LC_MESSAGES/django.mo \
		dukcapil/locale/id/LC_MESSAGES/django.po

screenshots: $(STAMPS)/dev ## pictures of README and docs/guide/, from a running `make run`
	@$(BIN)/python -m tests.screenshots

vendor: ## fetch what static/vendor/ holds from npm, at the versions of .ci/vendor (needs Node)
	@node .ci/vendor/build.mjs

clean: ## remove caches (not var/, which holds data and keys)
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
