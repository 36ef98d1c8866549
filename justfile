# `just` lists these; each is one line that can be typed without just, too.

default:
    @just --list

# all tests but the slow ones
test *args:
    uv run pytest {{args}}

# the slow ones as well
test-all:
    uv run pytest -m "slow or not slow"

lint:
    uv run ruff check .

types:
    uv run mypy

# the storeys of the house, and who may use which library
imports:
    uv run lint-imports

format:
    uv run ruff format .

# docs/settings.md from the models
reference:
    uv run python -m bot.reference

# sessions, instruments and company names from their packages
tables:
    uv run python -m engine.adapters.tables.build

# whether the tests would notice a wrong rule: 300 seeded changes; `just mutants --all` for the night
mutants *args:
    uv run --group mutation python -m tests.mutants {{args}}

# all figures, as medians and ratios; `just bench parsing` for one part
bench *parts:
    uv run python -m benchmarks {{parts}}

# all that a change has to pass
gate:
    .ci/run
