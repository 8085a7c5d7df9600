# `make` alone lists the targets. `make run` and `make test` set up what they need.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SETUP := .build/setup.stamp
JOBS ?= $(shell nproc)
TORTURE_KILLS ?= 200
TORTURE_STOPS ?= 40
COLLECTOR_KILLS ?= 10000
POWER_CUTS ?= 100
TORTURE_WORLDS ?= 2000
ORDER_WORLDS ?= 100000
SIEGE_KILLS ?= 10000
FUZZ_SECONDS ?= 600
RELEASE := swift build -c release --static-swift-stdlib -j $(JOBS)

.PHONY: help setup build package test-package run test torture sanitize bench fuzz format lint clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what building and testing need (Debian packages, .venv)
	@scripts/setup

$(SETUP): scripts/setup Tests/requirements.txt
	@scripts/setup
	@mkdir -p $(@D) && touch $@

build: $(SETUP) ## build the programs for release, and check what they need to run
	$(RELEASE) --product convey-aggregator
	$(RELEASE) --product convey-collector
	$(RELEASE) --product convey-doubles
	scripts/check-binary .build/release/convey-aggregator .build/release/convey-collector

package: build ## make .build/packages/convey-collector_….deb of the release binary
	scripts/package collector

test-package: build ## install, start, upgrade, downgrade, remove and purge the package, aside from this machine
	scripts/test-package

run: build ## build, then show shop traffic on its way from the click to the confirmed upload (DATABASE=postgres)
	$(RELEASE) --product convey-doubles
	$(RELEASE) --product convey-demo
	@.build/release/convey-demo $(DATABASE)

# Rooms whose servers answer from the shared threads come first and alone: tests that wait for a database hold those.
test: $(SETUP) ## build and run all tests
	swift build --build-tests -j $(JOBS)
	swift test --skip-build --disable-xctest --filter HTTPTests
	swift test --skip-build --disable-xctest --skip HTTPTests

torture: $(SETUP) ## the long tests: COLLECTOR_KILLS, TORTURE_KILLS, TORTURE_STOPS, SIEGE_KILLS, TORTURE_WORLDS, ORDER_WORLDS say how long
	swift build --build-tests -j $(JOBS)
	CONVEY_COLLECTOR_KILLS=$(COLLECTOR_KILLS) CONVEY_POWER_CUTS=$(POWER_CUTS) swift test --skip-build --disable-xctest --filter TortureTests
	CONVEY_TORTURE_KILLS=$(TORTURE_KILLS) CONVEY_TORTURE_STOPS=$(TORTURE_STOPS) swift test --skip-build --disable-xctest --filter EndToEndTests
	CONVEY_SIEGE_KILLS=$(SIEGE_KILLS) swift test --skip-build --disable-xctest --filter SiegeTests
	CONVEY_SIMULATION_WORLDS=$(TORTURE_WORLDS) swift test --skip-build --disable-xctest --filter Simulation
	CONVEY_ORDER_WORLDS=$(ORDER_WORLDS) swift test --skip-build --disable-xctest --filter ArrivalTests

sanitize: $(SETUP) ## run the tests under the thread and the address sanitizer
	scripts/sanitize

bench: build ## measure, write docs/benchmarks.md, hold counts against thresholds (BENCH=--quick)
	CONVEY_BENCH=1 $(RELEASE) --product convey-bench
	.build/release/convey-bench all $(BENCH)

fuzz: $(SETUP) ## run each fuzzer for FUZZ_SECONDS
	FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz

format: ## rewrite the sources in the house's format
	swift format --in-place --recursive Package.swift Sources Tests

lint: ## check the format without rewriting
	swift format lint --strict --recursive Package.swift Sources Tests

clean: ## remove all that was built
	rm -rf .build
