# make help lists the targets.

CARGO ?= cargo
export DUCKDB_LIB_DIR ?= $(CURDIR)/.duckdb
LANDFALL = $(CARGO) run --quiet -p cli --bin landfall --

.PHONY: help demo demo-web-events test lint deny docs build zips reproducible duckdb clients bench-flights bench-events fuzz infra invoke \
  scenarios local-cloud fmt

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: duckdb ## Run the flights pipeline once on the embedded cloud, from vendor files to views.
	@$(CARGO) build -p cli
	@$(LANDFALL) demo

demo-web-events: duckdb ## Follow tracking events once from the tracking call to the query.
	@$(CARGO) build -p cli
	@$(LANDFALL) demo web-events

test: duckdb ## Run every check and test: format, clippy, docs, crates, real clients, infrastructure, emulated clouds.
	@CARGO="$(CARGO)" scripts/test.sh

lint: duckdb ## Check the format, clippy and the documentation of the code.
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet

deny: ## Check the crates of others: licences, versions, sources, and advisories where their database can be fetched.
	scripts/deny.sh

build: duckdb ## Build the command line, optimised: target/release/landfall.
	$(CARGO) build --release -p cli

zips: ## Build what is deployed, for arm64 (ZIPS=--x86_64, ZIPS=--quick): target/lambda/*/bootstrap.zip, target/pipelines.zip.
	scripts/zips.sh $(ZIPS)

reproducible: ## Build the zips of FUNCTIONS (collect-events) twice, in two folders, and compare them byte by byte (ZIPS=--arm64).
	scripts/reproducible.sh $(ZIPS) $(FUNCTIONS)

clients: duckdb ## Let boto3 and the AWS CLI talk to redshift-local, cargo lambda run the functions, Segment's SDKs send.
	scripts/clients.sh

bench-flights: duckdb ## Load 5,819,079 flights, and the same file the old way into PostgreSQL.
	scripts/bench-flights.sh

bench-events: duckdb ## Measure the functions of web events against their peers in Python, JavaScript and DuckDB.
	scripts/bench-events.sh

fuzz: ## Feed hostile input to everything that reads what strangers send, for MINUTES (10).
	scripts/fuzz.sh $(or $(MINUTES),10)

invoke: ## Send an event to a function under `cargo lambda watch`: FUNCTION=... EVENT=...; without them, list both.
	@scripts/invoke.sh "$(FUNCTION)" "$(EVENT)"

scenarios: duckdb ## Deploy to emulated clouds by Terraform and SAM, and follow files and events there: TARGETS=... for some.
	scripts/scenarios.sh $(TARGETS)

local-cloud: duckdb ## Deploy to one of them and leave it there until Ctrl-C: TARGET=ministack-terraform.
	scripts/scenarios.sh --keep $(or $(TARGET),ministack-terraform)

infra: ## Check Terraform and SAM without an account; some minutes.
	infra/check.sh

docs: duckdb ## Write docs/pipeline-reference.md from the types.
	$(LANDFALL) reference > docs/pipeline-reference.md

fmt: ## Format the code.
	$(CARGO) fmt --all

duckdb: ## Fetch the prebuilt DuckDB library.
	@scripts/duckdb.sh
