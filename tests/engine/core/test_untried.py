"""Each thing is tried once, and what never changes anything comes to an end."""

from engine.core import commands as c
from engine.core.untried import MOST, untried


def endings(count: int) -> list[c.Command]:
    return [c.EndTerm(path=f"path {number}") for number in range(count)]


def test_what_was_tried_is_not_tried_again() -> None:
    tried: set[str] = set()
    assert list(untried(endings(2), tried)) == endings(2)
    assert list(untried(endings(4), tried)) == endings(4)[2:]


def test_equal_commands_are_one_and_all_others_are_not() -> None:
    one, same, other = (c.ImportEarnings(dates={"KO": ()}, source=source) for source in ("a", "a", "b"))
    assert list(untried([one, same, other, one], set())) == [one, other]


def test_only_what_was_taken_counts_as_tried() -> None:
    tried: set[str] = set()
    assert next(untried(endings(3), tried)) == endings(1)[0]
    assert list(untried(endings(3), tried)) == endings(3)[1:]


def test_so_many_in_a_row_are_the_most_and_after_a_change_there_are_more() -> None:
    tried: set[str] = set()
    commands = endings(MOST + 200)
    assert list(untried(commands, tried)) == commands[:MOST]
    assert list(untried(commands, tried)) == commands[MOST:]
