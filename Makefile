# make run ARGS="--name Ann"    the chat; a second one in another terminal finds the first
# make test FILTER=SDPTests     all tests, or those that match
CONFIGURATION ?= debug
ARGS ?=
FILTER ?=
TARGET ?=
FUZZ_SECONDS ?=
AREA ?=
ONLY ?=

.PHONY: run test conformance sanitize fuzz mutate soak bench docs format lint clean

# Standard output belongs to meshchat, so what comes before it goes to standard error.
run:
	@.ci/install run
	@swift build -c $(CONFIGURATION) --product meshchat </dev/null 1>&2
	@exec .ci/daemons --keep "$$(swift build -c $(CONFIGURATION) --show-bin-path)/meshchat" $(ARGS)

test:
	@.ci/install test
	swift build --build-tests --explicit-target-dependency-import-check error
	FILTER='$(FILTER)' .ci/daemons .ci/test

# Docs/Conformance.md, from a run of the tests that it names.
conformance:
	swift build --build-tests
	FILTER='^ConformanceTests\.' .ci/test
	.ci/conformance

# Address sanitizer on everything; thread sanitizer where no C library is in the way, for those are not instrumented.
sanitize:
	@.ci/install test
	.ci/sanitize address
	.ci/sanitize thread

# Half a minute for each target of Tests/Fuzz, or as long as FUZZ_SECONDS says; TARGET=sdp for one of them.
fuzz:
	@.ci/install test
	FUZZ_SECONDS='$(or $(FUZZ_SECONDS),30)' .ci/fuzz $(TARGET)

# Whether a test notices each of the mistakes in Tests/Mutations; AREA=SCTP for one list, ONLY=REGEX for some, ARGS=--resume to go on.
mutate:
	@.ci/install test
	AREA='$(AREA)' ONLY='$(ONLY)' .ci/daemons .ci/mutate $(ARGS)

# Many more seeds of the simulations and collisions, ten thousand members of a cluster, two thousand abandoned sessions, recordings of a minute, and twenty minutes for each target of the fuzzer.
soak:
	@.ci/install test
	swift build --build-tests
	GLARE_SEEDS='$(or $(GLARE_SEEDS),500000)' SIMULATION_SEEDS='$(or $(SIMULATION_SEEDS),20000)' \
		FILTER='^SimulationTests\.' TEST_TIMEOUT=10h .ci/test
	COLLISION_ROUNDS=2000 FILTER='^InteropTests\.CollisionTests/collisions' TEST_TIMEOUT=1h .ci/test
	CLUSTER_MEMBERS='$(or $(CLUSTER_MEMBERS),10000)' FILTER='^BackplaneTests\.HistoryTests' TEST_TIMEOUT=1h .ci/test
	SESSION_MINUTES='$(or $(SESSION_MINUTES),10)' FILTER='^GatewayTests\.AbandonedSessionTests' TEST_TIMEOUT=1h .ci/test
	RECORDING_SECONDS=60 FILTER='^InteropTests\.FlowMediaTests/.*/recorded' .ci/test
	FUZZ_SECONDS='$(or $(FUZZ_SECONDS),1200)' .ci/fuzz $(TARGET)

# Docs/Performance.md, from a run of rtcbench beside other stacks; ARGS=--quick for a look, ARGS=--help for more.
bench:
	@.ci/install bench
	swift build -c release --product rtcbench
	swift build -c release --product linkem
	python3 Examples/rtcbench/bench $(ARGS)

docs:
	.ci/documentation

format:
	swift format --in-place --parallel --recursive Package.swift Sources Tests Examples

lint:
	swift format lint --strict --parallel --recursive Package.swift Sources Tests Examples
	.ci/structure

clean:
	rm -rf .build
