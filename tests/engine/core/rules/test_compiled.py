"""Every rule is compiled by numba as it stands, and then says what the interpreter says.

Lists stand for arrays: a rule only indexes them. Amounts stay within what the rules promise for 64 bits.
"""

import importlib
import inspect
import math
import pkgutil
import typing
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, Final, TypeAlias

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numba.extending import register_jitable

import engine.core.rules

LENGTH: Final = 5
"""Of every sequence, so that places fit."""

PLACES: Final = {"place", "one", "other", "first", "after"}
POSITIVE: Final = {
    *("price", "entry", "high", "low", "close", "previous", "atr", "shares", "sold", "cost", "tradable", "old", "new"),
    *("parts", "whole", "min_confidence", "prices"),
}
"""Parameters that are never nought."""


Rule: TypeAlias = Callable[..., Any]


def rules(module: str) -> list[Rule]:
    """Every function of a module of rules."""
    found = vars(importlib.import_module(f"{engine.core.rules.__name__}.{module}"))
    return [value for value in found.values() if inspect.isfunction(value) and value.__module__.endswith(f".{module}")]


RULES: Final = {
    found.name: rules(found.name) for found in pkgutil.iter_modules(engine.core.rules.__path__) if rules(found.name)
}
for _rule in chain.from_iterable(RULES.values()):
    register_jitable(_rule)


def whole(name: str) -> st.SearchStrategy[int]:
    if name in PLACES:
        return st.integers(1, LENGTH - 1)
    least = 1 if name in POSITIVE else 0
    return st.one_of(st.integers(least, 10), st.integers(least, 2_000), st.integers(least, 10**8))


def values(hint: Any, name: str) -> st.SearchStrategy[Any]:
    """Values of a parameter: whole numbers, fractions, sequences of them, and tuples with names of all these."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is bool:
        return st.booleans()
    if hint is int:
        return whole(name)
    if hint is float:
        least = 0.01 if name in POSITIVE else 0.0
        return st.one_of(st.sampled_from([least, 0.02, 0.5, 0.8, 1.0]), st.floats(least, 1))
    if origin is tuple:
        return st.tuples(*(values(each, name) for each in arguments))
    if origin is not None:
        return st.lists(values(arguments[0], name), min_size=LENGTH, max_size=LENGTH)
    fields = typing.get_type_hints(hint)
    return st.builds(hint, *(values(fields[field], field) for field in hint._fields))


def arrays(value: Any) -> Any:
    """The same value with arrays for lists, as the kernel has it."""
    if isinstance(value, list):
        return np.array(value, dtype=np.float64 if isinstance(value[0], float) else np.int64)
    if hasattr(value, "_fields"):
        return type(value)(*map(arrays, value))
    return value


def parameters(rule: Rule) -> dict[str, Any]:
    hints = typing.get_type_hints(rule)
    return {name: hints[name] for name in inspect.signature(rule).parameters}


def compiled(module: list[Rule]) -> Rule:
    """One kernel that calls all rules of a module, each with a tuple of what it takes: one is quicker to compile."""
    calls = [
        f"rule{at}({', '.join(f'a{at}[{n}]' for n in range(len(parameters(rule))))})" for at, rule in enumerate(module)
    ]
    names = ", ".join(f"a{at}" for at in range(len(module)))
    space: dict[str, Any] = {f"rule{at}": rule for at, rule in enumerate(module)}
    exec(f"def kernel({names}): return ({', '.join(calls)},)", space)  # numba wants a plain function
    kernel: Rule = numba.njit(space["kernel"])
    return kernel


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, Sequence):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float):
        return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)
    return bool(one == other)


@pytest.mark.parametrize("module", RULES)
def test_compiled_the_rules_say_the_same(module: str) -> None:
    found = RULES[module]
    kernel = compiled(found)

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.tuples(*(st.tuples(*(values(hint, name) for name, hint in parameters(rule).items())) for rule in found)))
    def say_the_same(arguments: tuple[tuple[Any, ...], ...]) -> None:
        interpreted = [rule(*taken) for rule, taken in zip(found, arguments, strict=True)]
        results = kernel(*(tuple(map(arrays, taken)) for taken in arguments))
        for rule, taken, one, other in zip(found, arguments, interpreted, results, strict=True):
            assert alike(one, other), (rule.__name__, taken, one, other)

    say_the_same()


def test_compiled_are_all_rules() -> None:
    names = {f"{module}.{rule.__name__}" for module, found in RULES.items() for rule in found}

    assert len(names) > 80
    assert names >= {"sizing.size", "stops.trailing_stop", "pools.siphon", "metrics.metrics", "lots.put_off"}
