# Everything that a person runs. `make` alone lists the targets.

PYTHON ?= python3
VENV := .venv
SAM_VENV := .venv-sam
BIN := $(VENV)/bin
SAM_BIN := $(SAM_VENV)/bin
PROOF_VENV := .venv-proof
PROOF_BIN := $(PROOF_VENV)/bin
ARCHITECTURE ?= arm64
MACHINE := $(if $(filter arm64 aarch64,$(shell uname -m)),arm64,x86_64)
SAM_LOCAL := .aws-sam/local
PIP_FLAGS := --quiet --disable-pip-version-check --no-deps --require-hashes
export SAM_CLI_TELEMETRY := 0
# Without byte code on disk, each test process and each command that a test starts compiles all modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup local unit test coverage suites test-on pr format lint types imports template build bench fuzz-feel lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.ready ## make the virtual environment with the locked dependencies

$(VENV)/.ready: requirements-dev.txt pyproject.toml $(wildcard tools/*/__init__.py)
	@echo "Setting up $(VENV) (once; about a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name one with PYTHON=python3.x") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install $(PIP_FLAGS) -r requirements-dev.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(SAM_VENV)/.ready: requirements-sam.txt
	@echo "Setting up $(SAM_VENV) for the SAM CLI (once; about a minute) ..."
	@$(PYTHON) -m venv $(SAM_VENV)
	@$(SAM_BIN)/python -m pip install $(PIP_FLAGS) -r requirements-sam.txt
	@touch $@

$(PROOF_VENV)/.ready: requirements-proof.txt
	@echo "Setting up $(PROOF_VENV) for the checks of the stack (once; about a minute) ..."
	@$(PYTHON) -m venv $(PROOF_VENV)
	@$(PROOF_BIN)/python -m pip install $(PIP_FLAGS) -r requirements-proof.txt
	@touch $@

local: setup ## run the main job on this machine: an example process from start to end
	@$(BIN)/apify-camunda local --process examples/async-actor.bpmn --world examples/async-actor.world.json --variables '{"query": "espresso machines"}'

unit: setup ## run the unit tests
	@$(BIN)/pytest -n auto --dist worksteal -q tests/unit $(PYTEST_ARGS)

ifeq ($(CI),true)
test: coverage suites
else
test: setup modeler page-packages ## run the tests
	@$(BIN)/pytest -n auto --dist loadgroup -q $(PYTEST_ARGS)
endif

SLOWEST := --durations=30 --durations-min=1
FLOOR := 87
coverage: setup ## the unit tests with the coverage of branches, which has a floor, and the slowest tests
	@$(BIN)/pytest -n auto --dist worksteal -q tests/unit --cov --cov-report=term --cov-fail-under=$(FLOOR) $(SLOWEST) $(PYTEST_ARGS)

suites: setup modeler page-packages ## all tests but the unit tests, and the slowest tests
	@$(BIN)/pytest -n auto --dist loadgroup -q --ignore=tests/unit $(SLOWEST) $(PYTEST_ARGS)

test-on: setup ## run the tests on another date: make test-on DATE="2028-02-29 12:00" (needs Linux, cc)
	@$(BIN)/python -m tests.other_dates "$(DATE)" -n auto --dist loadgroup $(PYTEST_ARGS)

pr: format-check lint types imports template proof build page-check docs test ## everything that a change must pass

format: setup ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --select I .

.PHONY: format-check
format-check: setup
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted; run: make format"; exit 1; }

lint: setup ## ruff
	@$(BIN)/ruff check --quiet .

types: setup ## mypy, strict
	@$(BIN)/mypy

imports: setup ## the rings: what may import what
	@$(BIN)/lint-imports --no-logo

template: $(SAM_VENV)/.ready ## the SAM template
	@$(SAM_BIN)/sam validate --lint --template-file template.yaml > /dev/null
	@$(SAM_BIN)/cfn-lint template.yaml

.PHONY: proof
proof: $(PROOF_VENV)/.ready ## the stack without an account: checkov, SAM's own transformation, moto's CloudFormation
	@$(PROOF_BIN)/checkov --file template.yaml --framework cloudformation --skip-download --compact --quiet 2> /dev/null
	@PYTHONPATH=tools $(PROOF_BIN)/python -m stack_proof template.yaml 2> /dev/null

build: $(SAM_VENV)/.ready ## sam build: the layer for python3.13 and ARCHITECTURE (arm64 or x86_64), and the functions
	@ARCHITECTURE=$(ARCHITECTURE) $(SAM_BIN)/sam build --cache-dir .aws-sam/cache/$(ARCHITECTURE)
	@$(SAM_BIN)/python tools/sam_local/built_template.py .aws-sam/build/template.yaml $(ARCHITECTURE) $(if $(RELEASES),--releases $(RELEASES)) $(if $(filter yes,$(SNAPSTART)),--snapstart)

PROFILE ?= default
MY_SAMCONFIG := $(CURDIR)/.local/samconfig.toml
.PHONY: deploy
deploy: $(SAM_VENV)/.ready ## sam deploy --guided of what was built; PROFILE=dev or prod; answers stay in .local/
	@mkdir -p .local && { [ -f "$(MY_SAMCONFIG)" ] || cp samconfig.toml "$(MY_SAMCONFIG)"; }
	@$(SAM_BIN)/sam deploy --guided --config-file "$(MY_SAMCONFIG)" --config-env $(PROFILE) $(SAM_ARGS)

.PHONY: sam-local-build sam-local sam-local-check
sam-local-build: $(SAM_VENV)/.ready
	@ARCHITECTURE=$(MACHINE) $(SAM_BIN)/sam build --build-dir $(SAM_LOCAL) --cache-dir .aws-sam/cache/$(MACHINE)
	@$(SAM_BIN)/python tools/sam_local/built_template.py $(SAM_LOCAL)/template.yaml $(MACHINE)

sam-local: setup sam-local-build ## run what `sam local invoke` needs, until it is stopped (needs Docker)
	@$(BIN)/python -m sam_local serve $(SAM_LOCAL_ARGS)

sam-local-check: setup sam-local-build ## send every file of events/ to the functions in containers (needs Docker)
	@$(BIN)/python -m sam_local check $(SAM_LOCAL_ARGS)

.PHONY: modeler
modeler: tools/modeler/node_modules/.package-lock.json # Camunda's modelling libraries, which some tests use

tools/modeler/node_modules/.package-lock.json: tools/modeler/package-lock.json
	@if command -v npm > /dev/null; then \
		cd tools/modeler && npm ci --silent --no-audit --no-fund --ignore-scripts && touch node_modules/.package-lock.json; \
	else \
		echo "note: npm is not installed, so tests with Camunda's modelling libraries are skipped"; test -z "$$CI"; \
	fi

PAGE := tools/live_page/web
.PHONY: page page-check page-packages page-pictures
page: page-packages ## build the page of `apify-camunda local --serve` into tools/live_page/assets (needs npm)
	@cd $(PAGE) && npx --no-install tsc --noEmit && node build.mjs

page-check: page-packages # the built page is what its source gives
	@if [ -d $(PAGE)/node_modules ]; then cd $(PAGE) && npx --no-install tsc --noEmit && node check_built.mjs; fi

page-packages: $(PAGE)/node_modules/.package-lock.json # what the page is built with

$(PAGE)/node_modules/.package-lock.json: $(PAGE)/package-lock.json
	@if command -v npm > /dev/null; then \
		cd $(PAGE) && npm ci --silent --no-audit --no-fund --ignore-scripts && touch node_modules/.package-lock.json; \
	else \
		echo "note: npm is not installed, so the page is not built again and its tests are skipped"; test -z "$$CI"; \
	fi

page-pictures: setup page-packages ## take the pictures of docs/page.md from the running page (needs Chromium)
	@$(BIN)/python -m tests.page.pictures

.PHONY: templates
templates: setup ## generate the element templates from the models
	@$(BIN)/python -m element_templates generate

.PHONY: wheel wheel-feel
wheel: setup ## the package and its tools as the wheel apify-camunda in dist/
	@rm -rf build && $(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --wheel-dir dist . && rm -rf build

wheel-feel: setup ## the expression language alone, as the wheel camunda-feel in dist/
	@cd tools && ../$(BIN)/python -m feel_wheel ../dist

.PHONY: guide pictures docs
guide: setup ## fill the tables of the guide from the models
	@$(BIN)/python -m guide generate

pictures: modeler ## draw the examples for the guide (needs Chromium)
	@cd tools/modeler && node pictures.mjs ../../docs/guide/pictures ../../examples/*.bpmn

DOCS_VENV := .venv-docs
docs: $(DOCS_VENV)/.ready ## build the site of the documents into site/; links and anchors are checked
	@NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/mkdocs build --strict --config-file tools/guide/mkdocs.yml

$(DOCS_VENV)/.ready: tools/guide/requirements.txt
	@echo "Setting up $(DOCS_VENV) for the site (once; about a minute) ..."
	@$(PYTHON) -m venv $(DOCS_VENV)
	@$(DOCS_VENV)/bin/python -m pip install $(PIP_FLAGS) -r tools/guide/requirements.txt
	@touch $@

bench: setup ## measure beside the peers, and print one table; BENCH="feel waiting_runs" measures these alone
	@$(BIN)/python -m tests.benchmarks $(BENCH)

fuzz-feel: setup ## compare our FEEL with Camunda's engine until stopped
	@$(BIN)/python -m tests.conformance.feel_judge --forever

# pyzeebe's client needs these; of pyzeebe only the generated code is used and shipped.
NOT_SHIPPED := charset-normalizer grpcio-health-checking oauthlib requests requests-oauthlib urllib3

lock: ## resolve the dependencies again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate $(NOT_SHIPPED:%=--no-emit-package %) pyproject.toml -o layers/runtime/requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml --extra local --group dev -c layers/runtime/requirements.txt -o requirements-dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --group sam -o requirements-sam.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --group proof -o requirements-proof.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --group docs -o tools/guide/requirements.txt

clean: ## remove what was made
	rm -rf $(VENV) $(SAM_VENV) $(PROOF_VENV) $(DOCS_VENV) tools/modeler/node_modules $(PAGE)/node_modules site .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis
