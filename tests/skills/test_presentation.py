from engine.core import commands as c
from skills.presentation import (
    Benchmark,
    Clock,
    SummaryTime,
    Tongue,
    set_benchmark,
    set_language,
    set_summary_time,
    set_timezone,
)
from tests.skills.views import a_view


def test_each_is_a_change_of_one_field() -> None:
    answers = [
        set_benchmark(Benchmark(ticker="KO"), a_view()),
        set_timezone(Clock(timezone="Europe/Berlin"), a_view()),
        set_summary_time(SummaryTime(time="18:00"), a_view()),
        set_language(Tongue(language="en"), a_view()),
    ]
    assert answers == [
        c.ChangePreferences(patch={"performance.benchmark": "KO"}),
        c.ChangePreferences(patch={"notifications.timezone": "Europe/Berlin"}),
        c.ChangePreferences(patch={"notifications.summary_time": "18:00"}),
        c.ChangePreferences(patch={"notifications.language": "en"}),
    ]
