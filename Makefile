# SPDX-License-Identifier: Apache-2.0
# The verbs people type. `make` alone lists them.

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
export FUZZ_SECONDS ?= 60
export PATH := $(PATH):/usr/sbin:/sbin

PYTHON ?= python3
CLANG ?= clang-19
STRIP ?= llvm-strip-19
BIN := .venv/bin
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
# Where tests/cache.py keeps what takes long to build.
cache = $(or $(LANNER_CACHE),$(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/lanner)
# sudo drops the environment; these say which Kubernetes, on what images are based, and where builds are kept.
as_root = $(strip $(SUDO) env $(foreach name,K8S BASE LANNER_CACHE LANNER_TRIAL LANNER_PUBLIC_RULES,$(if $($(name)),$(name)=$($(name)))))

object := agent/lanner_agent/kernel/lanner.bpf.o
bpf_sources := $(sort $(wildcard bpf/*/*.[ch]))
shared_headers := $(filter bpf/wire/%.h,$(bpf_sources))
parts := $(patsubst bpf/%.c,build/bpf/%.o,$(filter %.bpf.c,$(bpf_sources)))
bpf_files = $(bpf_sources) $(sort $(wildcard tests/kernel/programs/*.c tests/bench/*.[ch]))
typed := agent apiserver engine operator page sources tests .ci/check_files.py .ci/check_floors.py krew/release.py charts/lanner/tests

.PHONY: help install bpf run demo check test kernels fuzz bench noise performance scale lint format reference attack-matrix pictures layout crds lock clean
.PHONY: cluster cluster-down cluster-versions image deploy deb clean-cache krew
packages := $(addsuffix -packages,python build lint test page cluster image deb kernels bench noise)
.PHONY: $(packages)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed ## make .venv with the commands lanner and lanner-operator, and every extra

bpf: $(object) ## build the kernel programs into one object

run: install bpf ## start the agent on this machine with the default rules
	$(SUDO) $(BIN)/lanner run

demo: install bpf test-packages ## five detections in a real container, shown as they happen
	$(SUDO) $(BIN)/python -m tests.demo

check: install bpf lint-packages ## what needs no root, no cluster and no guest: every lint, most tests
	@$(BIN)/python -m tests.lanes engine plain -- $(checks)

test: install bpf test-packages page-packages cluster-packages image-packages deb-packages ## run every test
	@$(as_root) $(BIN)/python -m tests.lanes

KERNELS ?= all
kernels: install bpf test-packages kernels-packages ## boot every supported kernel (or KERNELS=7.2), run the tests of the probes there
	$(as_root) $(BIN)/python -m pytest tests/kernels --kernels=$(KERNELS)
	$(BIN)/python -m tests.kernels.kernels_page

cluster: install test-packages cluster-packages ## a one-node Kubernetes to try things on; building it takes 7 minutes, once
	$(as_root) $(BIN)/python -m tests.cluster up

cluster-down: install ## remove that Kubernetes with every trace of it
	$(as_root) $(BIN)/python -m tests.cluster down

cluster-versions: install test-packages cluster-packages ## try the cluster with the oldest and the newest Kubernetes
	for version in $$($(BIN)/python -c 'from tests.cluster.versions import SUPPORTED; print(*SUPPORTED)'); do \
	  $(as_root) K8S=$$version $(BIN)/python -m pytest tests/cluster || exit; done

image: install image-packages ## build both images; the archive goes to build/image
	$(as_root) $(BIN)/python -m tests.image build

deploy: install image-packages ## build both images, put them and the chart into the Kubernetes of `make cluster`
	$(as_root) $(BIN)/python -m tests.image deploy

deb: install bpf deb-packages ## package `lanner run` as a service, for the Debian that this is; it goes to build/deb
	$(BIN)/python -m tests.deb

fuzz: install bpf test-packages ## rules no person would write, for FUZZ_SECONDS (60); also against the kernel's own code
	$(as_root) FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/python -m tests.fuzz

bench: install bpf bench-packages test-packages cluster-packages ## measure; the figures go to build/bench as JSON
	$(as_root) $(BIN)/python -m pytest $(wildcard tests/bench/bench_*.py)

# In this order: the loops want the quietest machine. What was measured before must not pass for a part of this run.
performance := $(patsubst %,tests/bench/bench_%.py,loops programs many_rules at_rest start delay swap flood outputs replay metrics_page)
noise: install bpf test-packages cluster-packages noise-packages ## do ordinary work for NOISE_SECONDS (1800) and write which default rules fired into docs/reference/noise.md
	$(SUDO) $(BIN)/python -m tests.noise $(or $(NOISE_SECONDS),1800)

performance: install bpf bench-packages ## measure what the agent costs, in 20 minutes, and write it into docs/performance.md
	$(SUDO) rm -rf build/bench
	$(as_root) $(BIN)/python -m pytest $(performance)
	$(BIN)/python -m tests.bench

scale: install cluster-packages ## a thousand simulated nodes on a real API server, SCALE_MINUTES (30) of churn; writes docs/scale.md
	$(as_root) SCALE_MINUTES=$(or $(SCALE_MINUTES),30) $(BIN)/python -m tests.scale

lint: install lint-packages ## every check that runs nothing
	@$(MAKE) --keep-going $(checks)

checks := lint-style lint-format lint-types lint-imports lint-files lint-c
.PHONY: $(checks)
lint-style:
	$(BIN)/ruff check
lint-format:
	$(BIN)/ruff format --check
lint-types:
	$(BIN)/mypy $(typed)
lint-imports:
	$(BIN)/lint-imports --no-logo
lint-files:
	$(BIN)/python .ci/check_files.py
	$(BIN)/python .ci/check_floors.py
lint-c:
	clang-format-19 --dry-run -Werror $(bpf_files)

format: install lint-packages ## put every file into the house's format
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format
	clang-format-19 -i $(bpf_files)

reference: install ## write the pages of docs/reference that are made from the chart, the code and results
	$(BIN)/python -m tests.chart
	$(BIN)/python -m tests.engine.reference_pages
	$(BIN)/python -m tests.house
	$(if $(wildcard tests/kernels/results.json),$(BIN)/python -m tests.kernels.kernels_page)
	$(if $(wildcard tests/bench/results.json),$(BIN)/python -m tests.bench page)
	$(if $(wildcard tests/scale/results.json),$(BIN)/python -m tests.scale page)

attack-matrix: install ## draw docs/attack-matrix.svg: the techniques for containers that the default rules see
	$(BIN)/python -m tests.chart.attack

pictures: install page-packages ## take the pictures of the page that README and docs show
	$(BIN)/python -m tests.page

layout: install bpf ## write the structs that user space shares with bpf/ as Python, from the object
	$(BIN)/python -m tests.agent.record_layout

crds: install ## write the resource definitions that are made from the models
	$(BIN)/python -m tests.engine.resource_definitions

lock: install ## resolve the dependencies of pyproject.toml anew
	$(BIN)/uv pip compile $(resolve) --extra dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile $(resolve) -c requirements-dev.lock pyproject.toml -o requirements.lock
	for size in agent operator kubectl; do \
	  $(BIN)/uv pip compile $(resolve) -c requirements-dev.lock --extra $$size pyproject.toml -o requirements-$$size.lock || exit; done

resolve := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
	--custom-compile-command "make lock"

URI ?= https://example.org/kubectl-lanner.tar.gz
HOMEPAGE ?= https://example.org
krew: install bpf ## make the wheel, and of it archive and manifest of `kubectl lanner` for krew (URI=… HOMEPAGE=…), in dist
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	$(BIN)/python krew/release.py dist/lanner-*.whl --uri $(URI) --homepage $(HOMEPAGE)

clean-cache: install ## remove the builds that are kept outside of the checkout, and say how much each was
	@$(as_root) $(BIN)/python -m tests.cache

clean: ## remove what was built; `rm -rf .venv` removes the rest
	rm -rf build dist $(object) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find agent apiserver engine operator page sources tests -name __pycache__ -prune -exec rm -rf {} +

$(packages): %-packages:
	@.ci/install-packages $*

.venv/bin/python: | python-packages
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit( \
	  f"lanner needs Python 3.11 or newer, {sys.executable} is {v[0]}.{v[1]}; try: make install PYTHON=python3.11")'
	@echo "[VENV] .venv"
	@$(PYTHON) -m venv .venv

# --no-deps: the lock file is the whole list. Build isolation off: hatchling comes from the lock file too.
.venv/.installed: requirements-dev.lock pyproject.toml | .venv/bin/python
	@echo "[PIP] $$(grep -c == requirements-dev.lock) packages of requirements-dev.lock"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@echo "[PIP] lanner, as it stands here"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The object is kept by everything that it is made of, for the next checkout.
$(object): $(bpf_sources) Makefile | build-packages
	$(if $(parts),,$(error bpf/ holds no *.bpf.c))
	@kept=$(cache)/bpf/$$({ $(CLANG) --version; bpftool version; cat $(bpf_sources) Makefile \
	  /usr/include/bpf/*.h /usr/include/linux/bpf.h; } | sha256sum | cut -c 1-16).o; \
	if [ -f $$kept ]; then echo "[BPF] as it was built before"; else \
	  $(MAKE) -j$$(nproc) build/bpf/lanner.bpf.o && mkdir -p $$(dirname $$kept) && \
	  cp build/bpf/lanner.bpf.o $$kept.$$$$ && mv $$kept.$$$$ $$kept; fi && \
	cp $$kept $@

build/bpf/lanner.bpf.o: $(parts)
	@echo "[LINK] $@"
	@bpftool gen object $@ $(parts)
	@$(STRIP) -g $@

# kernel/stale_object.py computes the same where the headers are there.
build/bpf/wire/layout.bpf.o: marked = -DLAYOUT_MARK='"$(shell cat $(shared_headers) | sha256sum | cut -d " " -f 1)"'

# One object for x86-64 and arm64: no program reads registers by name, so no __TARGET_ARCH is set.
build/bpf/%.o: bpf/%.c | build-packages
	@mkdir -p $(@D)
	@echo "[BPF] $(basename $*)"
	@$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Werror -Ibpf -idirafter /usr/include/$(shell uname -m)-linux-gnu \
	  $(marked) -MMD -MP -ffile-prefix-map=$(CURDIR)=. -c $< -o $@

-include $(parts:.o=.d)
