"""What the house costs: figures and ratios, printed by `python -m benchmarks`; no part of the tests."""
