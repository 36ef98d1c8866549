import pytest

from engine.core.nouns import Pause
from engine.core.words import Autonomy
from skills.chat import Help, greet, show_help, thank
from skills.skill import NoSlots, Say
from tests.builders import NOON, a_state
from tests.engine.scenes import prefer
from tests.skills.views import a_view, words


def test_help_as_a_whole_or_of_a_topic() -> None:
    assert show_help(Help(), a_view()).key == "help.all"
    assert show_help(Help(topic="risk"), a_view()) == Say("help.topic", {"topic": "risk"})


@pytest.mark.parametrize("level", list(Autonomy))
def test_a_greeting_says_how_things_stand(level: Autonomy) -> None:
    said = words(greet(NoSlots(), a_view(a_state(preferences=prefer(trading__autonomy=level)))))
    assert said.startswith("Hello. PAPER: $10,000.00; I ")


def test_a_greeting_names_what_keeps_entries_back() -> None:
    killed = a_state(preferences=prefer(trading__autonomy="off"), killed_at=NOON)
    said = words(greet(NoSlots(), a_view(killed)))
    assert said.startswith("Hello. PAPER: $10,000.00. The kill switch has stood since ")
    assert "trade for me" not in said
    paused = a_state(preferences=prefer(), pause=Pause(since=NOON, until=None))
    assert 'Entries are paused; say "resume" to go on.' in words(greet(NoSlots(), a_view(paused)))


def test_thanks() -> None:
    assert words(thank(NoSlots(), a_view())) == "You're welcome."
