# The few doors of this project. Everything behind them is CMake (presets in CMakePresets.json) and tools/.

JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
SEEDS ?= 10000
SOAK ?=

.DEFAULT_GOAL := help
.PHONY: help build demo test sim soak bench lint format fuzz clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build/release/tidemark, installing what that needs
	@tools/setup --build
	@tools/build release tidemark

demo: build ## simulated history to tables, forecasts, proof and a page of charts, in build/demo
	@tools/demo

test: ## everything that must hold: house rules, sanitizers, end to end
	@tools/setup
	@tools/test

sim: ## SEEDS (10000) simulated days of live: a lying venue, a failing disk, a process that dies
	@tools/setup --build
	@tools/build release simulation
	@build/release/simulation --seeds $(SEEDS) --jobs $(JOBS)

soak: ## a simulated week of fifty symbols with faults in 20 minutes; SOAK="--symbols 10 --hours 24" for less
	@tools/setup
	@tools/build release tidemark
	@.deps/venv/bin/python bench/soak.py --progress --out build/soak.json $(SOAK)

bench: ## the speed table with its peers, and the micro benchmarks
	@tools/setup --bench
	@tools/build release tidemark benches
	@bench/run

lint: ## house rules, clang-format, clang-tidy
	@tools/setup
	@tools/lint
	@tools/format --check
	@tools/tidy

format: ## rewrite C++ in the house format
	@tools/setup
	@tools/format

fuzz: ## every fuzz target for FUZZ_SECONDS (60) each
	@tools/setup
	@tools/fuzz $(FUZZ_SECONDS)

clean: ## forget what was built (dependencies and compiler cache stay)
	rm -rf build
