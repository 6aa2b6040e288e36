# The commands of everyday work. `make help` lists them.

SWIFT ?= swift
PREFIX ?= /usr/local
# How often `make check` repeats the suite, to find what fails only sometimes.
ROUNDS ?= 3
# Under how many schedules `make proofs` runs each recorded scenario, and how many random trees it grows.
SCHEDULES ?= 50
TREES ?= 20000
# How many mutated command lines `make proofs` types: as many as take about a minute.
FUZZ ?= 100000
# How often `make bench` runs each side, and at which size: 1 means a million operations.
BENCH_ROUNDS ?= 5
SCALE ?= 0.2
# Up to how many processes `make growth` measures: 1 means a million, for which it takes some minutes.
GROWTH ?= 1

.DEFAULT_GOAL := help
.PHONY: run shell test test-browser check build format lint imports sanitize rounds proofs instructions \
  instructions-accept bench growth docs install clean help setup

run: shell ## open the shell
	@.build/release/kv

shell: setup
	$(SWIFT) build -c release --static-swift-stdlib --product kv

test: setup ## run every test
	$(SWIFT) build --product kv
	$(SWIFT) test

test-browser: setup ## the observer's page in a headless Chromium, which it installs if there is none
	@docs/setup.sh browser
	$(SWIFT) build --product kv
	python3 Tests/Browser/observer_test.py

check: test test-browser build lint imports sanitize rounds proofs instructions ## all that CI does

build: shell ## the optimised programs, in .build/release/
	$(SWIFT) build -c release --static-swift-stdlib --product conformance
	$(SWIFT) build -c release --static-swift-stdlib --product benchmarks

proofs: ## recorded scenarios under SCHEDULES schedules, TREES random trees, FUZZ mutated command lines
	CONFORMANCE_SEEDS=$(SCHEDULES) PROPERTY_SEEDS=$(TREES) FUZZ_LINES=$(FUZZ) $(SWIFT) test \
	  --filter 'ConformanceTests|RandomTreeTests|FuzzTests'

rounds: ## the suite ROUNDS times in a row
	@for round in $$(seq $(ROUNDS)); do $(SWIFT) test --skip-build >.build/round.log 2>&1 \
	  || { cat .build/round.log; exit 1; }; done; echo "$(ROUNDS) rounds passed"

sanitize: setup ## the suite under ThreadSanitizer, but for what measures: turns take too long there
	$(SWIFT) test --sanitize=thread --scratch-path .build-tsan --skip "BenchmarksTests|FairnessTests"

imports: setup ## no target may import what it doesn't declare
	$(SWIFT) build --explicit-target-dependency-import-check error

format: ## format the sources
	$(SWIFT) format -i -r -p Package.swift Sources Tests

lint: ## check the format, strictly
	$(SWIFT) format lint -s -r -p Package.swift Sources Tests

bench: build ## our benchmarks and the BEAM's, BENCH_ROUNDS times at SCALE
	@ROUNDS=$(BENCH_ROUNDS) SCALE=$(SCALE) docs/bench.sh

growth: build ## measure costs against size, up to GROWTH, and draw docs/growth.svg
	.build/release/benchmarks --grow --scale $(GROWTH) >.build/growth.jsonl
	.build/release/benchmarks --plot .build/growth.jsonl >docs/growth.svg

instructions: build ## count the instructions of hot paths, and compare
	@docs/instructions.sh check

instructions-accept: build ## keep the counts of now, to compare with
	@docs/instructions.sh accept

docs: ## where the documentation is
	@ls docs/*.md docs/decisions/*.md

install: shell ## install kv, without symbols, and its manual page under PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 .build/release/kv $(DESTDIR)$(PREFIX)/bin/kv
	@if command -v strip >/dev/null; then strip $(DESTDIR)$(PREFIX)/bin/kv; fi
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	.build/release/kv --manual-page > .build/kv.1
	install -m 644 .build/kv.1 $(DESTDIR)$(PREFIX)/share/man/man1/kv.1

clean: ## remove all build products
	rm -rf .build .build-*

setup:
	@docs/setup.sh

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1	/' | expand -t 28
