# Everything is installed into .venv/; stamps in it remember what is done. PYTHON=python3.12 chooses the interpreter.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --constraint constraints.txt
FUZZ_SECONDS ?= 300
BENCH_SECONDS ?= 60
FUZZ_EXAMPLES ?= 30
ROUNDS ?= 200
SEED ?= 1
RUN_STAMP := .venv/.run
TEST_STAMP := .venv/.test
DEMO_STAMP := .venv/.demo
STUBS_STAMP := firmware/typings/.installed
BUILD_FILES := pyproject.toml setup.py constraints.txt native/core_build.py $(wildcard native/core/* native/engines/*)

.PHONY: help run hub-demo test lint types format test-micropython vectors packages names readme validation study data api-doc bench bench-sim bench-hub compiled heap fuzz attack api-fuzz join-storm update-cuts faults leaks constraints clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile

run: $(RUN_STAMP) ## Simulate a day of the community hemu: a table, and a report to open in a browser
	$(BIN)/linli sim run hemu

hub-demo: $(DEMO_STAMP) ## Serve a site of 20 emulated boards and 2 000 simulated devices, with a page to look at
	$(BIN)/linli hub demo

test: lint ## Check style and types, run all tests
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: $(TEST_STAMP) ## Check style and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(TEST_STAMP) ## Check types: host code with mypy, board code with pyright and the ESP32 stubs
	$(BIN)/mypy
	$(BIN)/pytest tests/project/test_pyright.py

format: $(TEST_STAMP) ## Mend style and format where ruff can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

test-micropython: $(TEST_STAMP) ## Run tests/both in a real MicroPython interpreter only
	$(BIN)/pytest tests/test_micropython.py

vectors: $(RUN_STAMP) ## Write protocol/vectors/ and the table of sizes in docs/PROTOCOL.md anew
	$(BIN)/python -m linli_tools.vectors

packages: $(RUN_STAMP) ## Write the lists of files from which mip installs on boards anew
	$(BIN)/python tools/setup/mip_packages.py

names: $(STUBS_STAMP) ## Write the list of MicroPython's names, which images leave alone, anew
	$(BIN)/python tools/setup/foreign_names.py

wireshark: $(RUN_STAMP) ## Write the names that the Wireshark dissector shows anew
	$(BIN)/python tools/setup/wireshark_names.py

readme: $(TEST_STAMP) ## Run the commands of README.md and show their output there anew
	$(BIN)/python tests/readme_console.py

validation: $(RUN_STAMP) ## Do every check of `linli sim validate` and write docs/VALIDATION.md anew (minutes)
	$(BIN)/python -m linli_tools.validation_page

study: $(RUN_STAMP) ## Examine what the feasibility study promises and write docs/STUDY.md anew (minutes)
	$(BIN)/python -m linli_tools.study_page

data: $(RUN_STAMP) ## Write docs/DATA.md, the published list of what devices send, anew
	$(BIN)/python -m linli_hub.privacy.published > docs/DATA.md

api-doc: $(TEST_STAMP) ## Write the table of the hub's routes in docs/API.md anew
	$(BIN)/python -m linli_hub.web.published docs/API.md

bench: $(TEST_STAMP) ## Measure cryptography and simulator beside their peers
	$(BIN)/linli bench crypto
	$(BIN)/linli bench sim

bench-sim: compiled ## Measure the simulator, beside LORASIM=loraDir.py, and write docs/BENCH_SIM.md anew (minutes)
	$(BIN)/python -m linli_tools.bench.simulator.page build/compiled $(LORASIM)

bench-hub: compiled ## Load a hub with 10 000 devices for BENCH_SECONDS, beside a Mosquitto; half an hour is a soak
	$(BIN)/linli bench hub --compiled build/compiled --seconds $(BENCH_SECONDS)

compiled: $(TEST_STAMP) ## Compile what every packet passes to machine code, for PYTHONPATH=build/compiled
	$(BIN)/python tools/setup/compiled.py build/compiled

heap: $(TEST_STAMP) ## Measure the heap of every app on the emulated board: the table of docs/HEAP.md
	$(BIN)/python tests/outage.py

fuzz: $(TEST_STAMP) ## Run the fuzz targets of the native core (needs clang) and of all decoders in Python, FUZZ_SECONDS each
	$(BIN)/python tests/fuzz_targets.py $(FUZZ_SECONDS)
	$(BIN)/python tests/fuzz_decoders.py $(FUZZ_SECONDS)

attack: $(TEST_STAMP) ## Send 10^7 forged, damaged, replayed and stale packets, and 10^4 to an emulated board (minutes)
	$(BIN)/linli attack --packets 10000000 --board 10000

update-cuts: $(TEST_STAMP) ## Cut an emulated board's power at every write of an update (five minutes)
	$(BIN)/python tests/board_update_cuts.py

faults: $(TEST_STAMP) ## Let ROUNDS faults happen to a hub cluster, from SEED, and write docs/FAULTS.md anew (root; 200: 90 minutes)
	rm -rf build/faults
	PYTHONPATH=tests $(BIN)/python -m cluster_faults build/faults --rounds $(ROUNDS) --seed $(SEED)
	PYTHONPATH=tests $(BIN)/python -m cluster_faults.page build/faults > docs/FAULTS.md

api-fuzz: $(TEST_STAMP) ## Ask every route of the hub's API as every role for FUZZ_EXAMPLES valid and invalid things (minutes)
	$(BIN)/python tests/api_fuzz.py $(FUZZ_EXAMPLES)

join-storm: $(TEST_STAMP) ## Have 10 000 devices join a hub at once, as after an outage, and tell how long it took
	$(BIN)/python tests/join_storm.py 10000

leaks: $(TEST_STAMP) ## Measure whether the native core's time depends on secrets
	$(BIN)/python tests/timing_leaks.py 1000000

constraints: .venv/.made ## Pin the newest releases in constraints.txt; run it with PYTHON=python3.11
	$(BIN)/pip install --quiet --dry-run --ignore-installed --report .venv/report.json \
		".[test,bench]" micropython-esp32-stubs setuptools
	$(BIN)/python tools/setup/pin.py < .venv/report.json > constraints.txt

clean: ## Remove everything that these targets made
	rm -rf .venv build runs .fuzz *.egg-info firmware/typings native/linli_native/_core.*.so .hypothesis .*_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv/.made:
	sh tools/setup/make_venv.sh "$(PYTHON)"
	@touch $@

# The build tools come first and pinned: --no-build-isolation uses them.
$(RUN_STAMP): .venv/.made $(BUILD_FILES)
	$(INSTALL) setuptools cffi
	$(INSTALL) --no-build-isolation --editable .
	@$(BIN)/python -c 'from linli_protocol.crypto import BACKEND; print("cryptography:", BACKEND)'
	@$(BIN)/python -c 'import linli_native' 2>&1 | sed -n 's/^ImportError: //p'
	@touch $@

$(DEMO_STAMP): $(RUN_STAMP)
	$(INSTALL) --no-build-isolation --editable '.[hil,hub]'
	@touch $@

$(TEST_STAMP): $(RUN_STAMP) $(STUBS_STAMP)
	$(INSTALL) --no-build-isolation --editable '.[test,bench]'
	sh tools/setup/add_test_tools.sh
	@touch $@

# Apart from .venv/, whose type checker would take them for CPython's.
$(STUBS_STAMP): .venv/.made constraints.txt
	rm -rf firmware/typings
	$(INSTALL) --target firmware/typings micropython-esp32-stubs
	@touch $@
