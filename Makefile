# make solve   set up, get the embedded model, solve EXAMPLE        make lint    ruff and mypy
# make test    set up and run every test                            make clean   remove what the above made here
EXAMPLE = humaneval:HumanEval/41
MODEL = qwen2.5-coder-0.5b
# Samples in bfloat16 differ between processors, those in single precision hardly: with this seed the second group solves.
SOLVE_FLAGS = --budget 64 --max-completion-length 160 --dtype float32 --seed 1
TEST_FLAGS =

BIN = .venv/bin

.PHONY: solve test lint clean setup setup-dev

solve: setup
	@$(BIN)/ttsd models pull $(MODEL)
	@$(BIN)/ttsd solve $(EXAMPLE) --model $(MODEL) $(SOLVE_FLAGS)

test: setup-dev
	@$(BIN)/python -m pytest $(TEST_FLAGS)

lint: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

setup:
	@sh scripts/setup.sh

setup-dev:
	@sh scripts/setup.sh dev parity

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
