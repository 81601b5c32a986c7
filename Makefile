# The entry for people. CMake does the work (see CMakeLists.txt and CMakePresets.json); this file
# remembers the commands, installs what they need, and counts the tests.

JOBS   ?= $(shell nproc 2>/dev/null || echo 2)
PREFIX ?= /usr/local

export CTEST_OUTPUT_ON_FAILURE = 1

SUMMARY = python3 tools/summary.py
PES     = build/bin/pes
JUNIT   = $(CURDIR)/build/junit
FUZZERS = $(wildcard tests/fuzz/fuzz_*.c)

.PHONY: help setup setup-all build demo check check-golden check-sanitize check-fuzz \
        check-all format lint install clean

help:
	@echo 'make build           the library and the command, build/bin/pes'
	@echo 'make demo            run a small experiment and draw its picture (minutes)'
	@echo 'make check           warnings are errors; every fast test'
	@echo 'make check-golden    the same bits from gcc and clang, -O0 and -O3, any kernels and threads'
	@echo 'make check-sanitize  unit and golden tests under ASan, UBSan and TSan'
	@echo 'make check-fuzz      every parser under libFuzzer, a minute each'
	@echo 'make check-all       all of these and the slow tests'
	@echo 'make format          apply clang-format;  make lint: report only, with clang-tidy'
	@echo 'make install         to PREFIX, $(PREFIX)'
	@echo 'make setup           install what is needed (the targets above do it themselves)'
	@echo 'make clean           remove build/'

setup:
	@tools/setup.sh

setup-all:
	@tools/setup.sh all

build: setup
	cmake --preset release
	cmake --build build -j $(JOBS) --target product

demo: build
	$(PES) run experiments/demo.toml --out build/demo --force
	$(PES) compare build/demo
	$(PES) plot build/demo -o build/demo/demo.png
	@echo 'The picture is build/demo/demo.png'

# $(call tier,NAME,PRESET,FOLDER,CTEST FLAGS): build everything, run the tests, count them. Tests
# that fail do not stop a recipe before its count; a build that fails does.
define tier
	cmake --preset $(2)
	cmake --build $(3) -j $(JOBS)
	@mkdir -p $(JUNIT) && rm -f $(JUNIT)/$(1).xml
	ctest --test-dir $(3) -j $(JOBS) $(4) --output-junit $(JUNIT)/$(1).xml || true
endef

check: setup
	$(call tier,check,ci,build,-LE 'slow|matrix')
	@$(SUMMARY) $(JUNIT)/check.xml

check-golden: setup-all
	$(call tier,golden,ci,build,-L matrix)
	@$(SUMMARY) $(JUNIT)/golden.xml

check-sanitize: setup-all
	$(call tier,asan,asan,build/asan,-L 'unit|golden' -LE 'slow|matrix')
	$(call tier,tsan,tsan,build/tsan,-L 'unit|golden' -LE 'slow|matrix')
	@$(SUMMARY) $(JUNIT)/asan.xml $(JUNIT)/tsan.xml

check-all: setup-all
	$(call tier,check,ci,build,)
	$(call tier,asan,asan,build/asan,-LE 'slow|matrix|check|install')
	$(call tier,tsan,tsan,build/tsan,-LE 'slow|matrix|check|install')
	$(if $(FUZZERS),$(call tier,fuzz,fuzz,build/fuzz,-L fuzz))
	@$(SUMMARY) $(foreach tier,check asan tsan $(if $(FUZZERS),fuzz),$(JUNIT)/$(tier).xml)

check-fuzz: setup-all
	$(call tier,fuzz,fuzz,build/fuzz,-L fuzz)
	@$(SUMMARY) $(JUNIT)/fuzz.xml

format: setup-all
	python3 tools/check_style.py --format

lint: setup-all
	python3 tools/check_rooms.py
	python3 tools/check_style.py
	cmake --preset ci
	run-clang-tidy -quiet -p build '^$(CURDIR)/(kernels|src|problems|cli|adapters)/.*\.c$$' 2>/dev/null

install: build
	cmake --install build --prefix $(PREFIX)

clean:
	rm -rf build
