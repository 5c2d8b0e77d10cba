# Each target is one line of Maven or a script. As root, on Debian 12, with git and make.
.PHONY: help demo deps deps-run deps-test build test bench soak coverage fuzz fmt clean
SHELL := /bin/bash
MVN := mvn -B -ntp

help:      ## what there is
	@grep -hE '^[a-z-]+: *[a-z-]* *##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: build ## a node, the Star Wars demo on it, and the flows that prove it; KEEP=1 leaves the node up
	@itests/demo/demo

deps: deps-run deps-test ## all that build and tests need, from Debian

deps-run:  ## what build and demo need
	@itests/tools/deps run

deps-test: ## what the tests need besides
	@itests/tools/deps test

build: deps-run ## compile and assemble, without tests
	$(MVN) -q package -DskipTests

test: deps ## build, and pass every test: unit, BPF, whole-system
	@itests/tools/test

bench: deps ## figures against floors and peers of the same run; BENCH=short only checks that each runs
	@itests/bench/bench

soak: deps ## the engine is killed at 200 random moments under load, and 2,000 bundles swapped; KILLS=, SEED= of a run that failed, SWAPS=
	$(MVN) -q verify -Pkernel -Dweir.kills=$${KILLS:-200} $${SEED:+-Dweir.seed=$$SEED} -Dtest=CrashLabKernelTest -Dsurefire.failIfNoSpecifiedTests=false
	SWAPS=$${SWAPS:-2000} itests/bench/bench SwapBench

coverage: deps ## which lines of bpf/ the tests run
	@itests/tools/coverage

fuzz: deps ## parsers and BPF programs, for longer than the tests have time
	$(MVN) -q package -T2 -Pkernel -Dweir.fuzz.seconds=$${FUZZ_SECONDS:-300} -Dtest='*Fuzz*' -Dsurefire.failIfNoSpecifiedTests=false

fmt:       ## repair what the format checks complain of
	$(MVN) -q spotless:apply && find bpf bundles itests -path '*/target' -prune -o \( -name '*.c' -o -name '*.h' \) -print0 | xargs -0r clang-format-19 -i

clean:     ## forget what was built
	$(MVN) -q clean
