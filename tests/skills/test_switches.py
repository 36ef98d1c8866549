from engine.core import commands as c
from skills.skill import NoSlots
from skills.switches import Pause, pause, resume, stop_everything
from tests.builders import NOON
from tests.skills.views import a_view


def test_each_switch_is_a_command() -> None:
    assert pause(Pause(), a_view()) == c.PauseEntries()
    assert pause(Pause(until=NOON), a_view()) == c.PauseEntries(until=NOON)
    assert resume(NoSlots(), a_view()) == c.ResumeEntries()
    assert stop_everything(NoSlots(), a_view()) == c.StopEverything()
