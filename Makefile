# Everything a developer does, by name. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PREFIX ?= /usr/local
SWIFT ?= swift
SEEDS ?= 1-2000
SEED ?= 1
export KAFKA_HOME MILLRACE_DATA MILLRACE_TOOLS

.PHONY: help build demo test simulation chaos fuzz lint format bench acceptance install uninstall clean prerequisites docs

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 16

prerequisites:
	@deploy/prerequisites

build: prerequisites ## Build the release program, .build/release/millrace
	$(SWIFT) build -c release --product millrace

demo: build ## Set up everything and run the main job on the embedded broker (about 3 minutes)
	deploy/demo

test: prerequisites ## Set up everything and run all tests (KAFKA_HOME and MILLRACE_DATA add more)
	deploy/test

simulation: prerequisites ## The worker in virtual time through seeded disasters (SEEDS=1-2000; 1-100000 takes hours)
	SEEDS=$(SEEDS) deploy/simulate

fuzz: prerequisites ## A million wrong records into every decoder, and under sanitizers (FUZZ_SEED=1)
	deploy/fuzz
	deploy/fuzz --shim
	deploy/fuzz --sanitize

lint: ## Check the format, strictly
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

format: ## Format all code in place
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

bench: prerequisites ## Benchmarks, each a ratio to a named reference measured in the same run (KAFKA_HOME for ingest)
	deploy/bench

acceptance: build ## The built program against a real Kafka, judged from outside (KAFKA_HOME, MILLRACE_DATA)
	deploy/acceptance golden backtest replay reproduce kill bad-input board http

chaos: build ## Kafka of three nodes, two processes of every role, a seeded disaster (SEED=1; KAFKA_HOME, MILLRACE_TOOLS)
	deploy/chaos --seed $(SEED)

docs: ## Make again the reference pages that come from the code
	$(SWIFT) run millrace schema --markdown > docs/reference/pipeline-file.md
	$(SWIFT) run millrace help --markdown > docs/reference/commands.md
	$(SWIFT) run millrace metrics --markdown > docs/reference/metrics.md

install: build ## Install program, completions and the systemd unit below PREFIX (default /usr/local)
	install -D -m 755 .build/release/millrace $(DESTDIR)$(PREFIX)/bin/millrace
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	.build/release/millrace completions bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/millrace
	.build/release/millrace completions zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_millrace
	.build/release/millrace completions fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/millrace.fish
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's#/usr/local#$(PREFIX)#' deploy/systemd/millrace@.service > \
		$(DESTDIR)$(PREFIX)/lib/systemd/system/millrace@.service
	install -D -m 644 deploy/systemd/millrace.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/millrace.conf

uninstall: ## Remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/millrace $(DESTDIR)$(PREFIX)/share/bash-completion/completions/millrace \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_millrace \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/millrace.fish \
		$(DESTDIR)$(PREFIX)/lib/systemd/system/millrace@.service $(DESTDIR)$(PREFIX)/lib/sysusers.d/millrace.conf

clean: ## Remove all build products
	rm -rf .build
