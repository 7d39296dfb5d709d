SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help setup demo quality test test-browser test-unit slow slow-e2e slow-demo slow-faults check fmt bench faults deploy build validate stack migrate smoke token security lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 12

setup: $(VENV)/.installed ## create .venv from the hash-pinned requirements

$(VENV)/.installed: requirements-dev.txt requirements-uv.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## run the whole job on sample price lists, in a stack of its own
	@$(BIN)/quarry demo

test: setup ## run every test, on the real engines, and report coverage
	@$(BIN)/python -m pytest -p xdist.plugin -p pytest_cov.plugin --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
	  --cov --cov-report term

test-unit: setup ## run the tests that need no engine
	@$(BIN)/python -m pytest -p xdist.plugin --numprocesses auto --maxprocesses 4 --dist worksteal tests/unit

test-browser: LATE ?= 0
test-browser: setup ## test the web page in Chromium (apt-get install chromium, or CHROMIUM=PATH); pictures in .artefacts
	@LATE=$(LATE) $(BIN)/python -m pytest tests/browser

slow: setup ## run demo, end-to-end tests and a fault run, each with its stack on a sixth of one CPU
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target slow-e2e slow-demo slow-faults

SLOW := $(BIN)/python -m tests.slow --
slow-e2e:
	@$(SLOW) $(BIN)/python -m pytest tests/e2e

slow-demo:
	@$(SLOW) $(BIN)/quarry demo

slow-faults:
	@$(SLOW) $(BIN)/python -m tests.faults --runs 1 --seed 4 --rows 500

check: setup ## check format, lint, types, import contracts and the template
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy shared/quarry functions local layers
	$(BIN)/lint-imports
	$(BIN)/cfn-lint template.yaml cognito.yaml edge.yaml
	@$(MAKE) --no-print-directory security

security: setup .venv-sam/.installed .venv-checkov/.installed ## check the deployed template and the packages for known weaknesses
	@mkdir -p .aws-sam
	@$(BIN)/python -m tests.deployment.transformed > .aws-sam/transformed.json
	@.venv-checkov/bin/checkov --quiet --compact --framework cloudformation --skip-download \
	  --file .aws-sam/transformed.json --file cognito.yaml --file edge.yaml
	@$(BIN)/python -m tests.deployment.packages .venv-checkov/bin/pip-audit

bench: setup ## measure the speed at 20,000 materials, and compare it with the specification
	@$(BIN)/python -m benchmarks.speed

quality: setup ## ask search labelled queries; QUERIES=FILE LISTS=FOLDER for others than its own
	@$(BIN)/python -m benchmarks.quality $(QUERIES) $(if $(LISTS),--lists $(LISTS) --home .quality-given)

faults: RUNS ?= 100
faults: SEED ?= 1
faults: ROWS ?= 20000
faults: setup ## import lists while stores and functions fail and return; RUNS=1 SEED=7 repeats one run
	@$(BIN)/python -m tests.faults --runs $(RUNS) --seed $(SEED) --rows $(ROWS)

docs: setup ## generate the table of settings and the OpenAPI document
	@$(BIN)/python -m local.documents

fmt: setup ## format, and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

SAM := PATH="$(CURDIR)/$(BIN):$$PATH" SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam
STEP := $(BIN)/python -m local.deployment
ENV ?= dev
deploy: build ## build, migrate, deploy and try it; ENV=prod for another environment of samconfig.toml than dev
	@$(MAKE) --no-print-directory stack
	@$(MAKE) --no-print-directory smoke

build: validate ## validate the template and build the deployment, without Docker
	$(SAM) build

validate: setup .venv-sam/.installed ## validate the template
	$(SAM) validate

stack: setup .venv-sam/.installed ## deploy what was built; the schema is migrated before new versions get traffic
	@guided=$$($(STEP) guided $(ENV)) && $(SAM) deploy --config-env $(ENV) $$guided

migrate: setup ## migrate the schema of a deployed stack by hand
	@$(STEP) migrate $(ENV)

smoke: setup ## ask a deployed API for its health and for one search; QUARRY_TOKEN where it has an issuer of your own
	@$(STEP) smoke $(ENV)

token: setup ## print a token of the stack's own user pool, valid for an hour
	@$(STEP) token $(ENV)

# Tools with environments of their own, since they need other versions of what we use.
.venv-%/.installed: requirements-%.txt
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@$(BIN)/uv pip install --quiet --python $(@D)/bin/python --require-hashes -r $<
	@touch $@

COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
  --custom-compile-command "make lock"
lock: setup ## recompile the requirement files
	$(COMPILE) pyproject.toml -o layers/shared/requirements.txt
	echo paramiko | $(COMPILE) -c layers/shared/requirements.txt - -o layers/tunnel/requirements.txt
	$(COMPILE) --extra dev -c layers/shared/requirements.txt -c layers/tunnel/requirements.txt pyproject.toml -o requirements-dev.txt
	printf 'alembic\nsqlalchemy\n' | $(COMPILE) -c layers/shared/requirements.txt -c requirements-dev.txt - -o layers/migrations/requirements.txt
	echo aws-sam-cli | $(COMPILE) - -o requirements-sam.txt
	printf 'checkov\npip-audit\n' | $(COMPILE) - -o requirements-checkov.txt

clean: ## delete everything that was built, and .quarry
	rm -rf $(VENV) .venv-sam .venv-checkov .aws-sam .quarry
