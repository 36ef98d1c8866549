from datetime import timedelta
from typing import Any

from engine.core.nouns import Change
from engine.core.people import Person
from engine.core.undo import PAUSE
from engine.core.words import Role
from engine.view import View
from skills.history import History, show_history
from tests.builders import NOON, a_state
from tests.skills.views import a_view, words

ME = "terminal:local"


def a_view_of(*changes: Change, names: dict[str, str] | None = None) -> View:
    people = {key: Person(id=key, role=Role.OWNER, since=NOON, name=name) for key, name in (names or {}).items()}
    view = a_view(a_state(people=people))
    view.history.changes.extend(changes)
    return view


def changed(path: str, old: Any, new: Any, minutes: int = 0, **more: Any) -> Change:
    return Change(seq=minutes + 1, at=NOON + timedelta(minutes=minutes), by=ME, fields=((path, old, new),), **more)


def test_the_newest_comes_first_with_from_and_to() -> None:
    view = a_view_of(
        changed("risk.daily_loss_limit_pct", 3.0, 2.0),
        changed("trading.autonomy", "off", "ask", minutes=5),
    )
    assert words(show_history(History(), view)).split("\n") == [
        "PAPER · 2 changes of your settings, newest first",
        "  Fri 20 Nov 12:05  autonomy: off → ask · terminal:local",
        "  Fri 20 Nov 12:00  daily loss limit: 3% → 2% · terminal:local",
    ]


def test_whoever_has_a_name_is_named() -> None:
    view = a_view_of(changed("risk.reserve_pct", 20.0, 30.0), names={ME: "Anna"})
    assert words(show_history(History(), view)).endswith("reserve: 20% → 30% · Anna")


def test_of_lists_what_joined_and_what_left() -> None:
    view = a_view_of(changed("trading.watchlist", ["AMD", "KO"], ["KO", "PEP"]))
    assert "watchlist: added PEP, removed AMD" in words(show_history(History(), view))


def test_what_was_put_back_says_so() -> None:
    view = a_view_of(
        changed("risk.reserve_pct", 30.0, 20.0, how="undo"),
        changed("risk.max_exposure_pct", 50.0, 80.0, minutes=1, how="term"),
    )
    text = words(show_history(History(), view))
    assert "reserve: 30% → 20% · terminal:local · put back" in text
    assert "its time was over" in text


def test_only_the_setting_or_the_number_asked_for() -> None:
    view = a_view_of(*(changed("risk.reserve_pct", n, n + 1, minutes=n) for n in range(12)))
    view.history.changes.append(changed(PAUSE, None, "until resumed", minutes=20))
    assert words(show_history(History(), view)).startswith("PAPER · 10 changes of your settings, newest first (and 2")
    assert words(show_history(History(count=1), view)).count("\n") == 1
    assert words(show_history(History(field="trading.autonomy"), view)) == (
        "No setting has been changed so far (autonomy)."
    )


def test_lists_that_are_not_of_words_are_counted() -> None:
    rule = {"event_type": "stop_hit"}
    view = a_view_of(changed("notifications.rules", [rule], []))
    assert "notification rules: 1 rule → none" in words(show_history(History(), view))
