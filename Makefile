# Two commands do everything on a fresh machine: `make demo` and `make test`. Each installs what it needs into
# ~/.cache/sluice (SLUICE_CACHE names another place) and says what it does.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo demo-docker test test-full test-examples check policies lab-up lab-down bench-step bench-components bench-policies bench-gate bench-release bench-docker

# Node 22.18 or newer from PATH, else one of our own; in front of PATH for everything that is started from here.
NODE = . scripts/node-env.sh &&

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

demo: node_modules ## a good, a bad and a broken release on a real cluster, under traffic (KEEP=1 leaves the lab up)
	@$(NODE) npm run -s lab -- demo $(if $(KEEP),--keep)

demo-docker: node_modules ## the same on a Docker host, behind nginx and behind Traefik
	@$(NODE) npm run -s lab -- demo --docker $(if $(KEEP),--keep)

test: node_modules ## checks, unit, component and end-to-end tests on a lab of their own (one that is up is taken down; FULL=1: the long ones too, as CI does)
	@$(NODE) SLUICE_TESTS=$(if $(FULL),full,short) node scripts/test-all.ts

test-full: FULL = 1
test-full: test ## make test FULL=1, then every moment at which a release program may die, on the lab (two hours more)
	@$(NODE) npm run -s lab -- up && npm run -s lab -- up --docker && npm run -s lab -- sample
	@$(NODE) node_modules/.bin/mocha --config .mocharc.e2e.json 'test/full/**/*.test.ts'
	@$(NODE) npm run -s lab -- down

test-examples: node_modules ## every example on the lab: applied, looked at again, changed, removed
	@$(NODE) npm run -s lab -- up && node_modules/.bin/mocha --timeout 600000 test/e2e/declared/examples.test.ts

check: node_modules ## format, lint, types and unit tests
	@$(NODE) npm run -s check

policies: node_modules ## the policy pack, compiled to build/policies
	@$(NODE) npm run -s policies

lab-up: node_modules ## the one-node cluster
	@$(NODE) npm run -s lab -- up

lab-down: node_modules ## takes it away without a trace
	@$(NODE) npm run -s lab -- down

bench-step: node_modules ## what one weight step by Pulumi consists of
	@$(NODE) node bench/step.ts

bench-components: node_modules ## what previews cost, a blue/green switch under load, what a weight touches
	@$(NODE) npm run -s lab -- up && npm run -s lab -- sample && node bench/components.ts

bench-policies: node_modules ## what the policy pack adds to a preview
	@$(NODE) npm run -s lab -- up && node bench/policies.ts

bench-gate: node_modules ## the gate in simulation, beside how other tools decide (RUNS=10000: hours of each healthy cell)
	@$(NODE) node bench/gate/bench.ts $(if $(RUNS),--runs $(RUNS))

bench-release: node_modules ## releases under traffic: how soon faults are found, what a release costs (RUNS=5)
	@$(NODE) npm run -s lab -- up && npm run -s lab -- sample && node bench/release.ts $(if $(RUNS),--runs $(RUNS))

bench-docker: node_modules ## releases and switches on a Docker host behind each edge, its weights and what it costs
	@$(NODE) npm run -s lab -- up --docker && npm run -s lab -- sample && node bench/docker.ts

node_modules: package.json package-lock.json
	@echo "installing npm packages"
	@$(NODE) npm ci --no-fund --no-audit --loglevel=error && touch node_modules
