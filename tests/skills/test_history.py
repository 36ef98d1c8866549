from dataclasses import replace
from datetime import timedelta
from typing import Any

from engine.core.nouns import Change, Term
from engine.core.people import Person
from engine.core.undo import PAUSE
from engine.core.words import Role
from engine.view import View
from skills.history import History, show_history
from tests.builders import NOON, a_state
from tests.skills.views import a_view, words

ME = "terminal:local"


def a_view_of(*changes: Change, names: dict[str, str] | None = None, terms: tuple[Term, ...] = ()) -> View:
    people = {key: Person(id=key, role=Role.OWNER, since=NOON, name=name) for key, name in (names or {}).items()}
    view = a_view(a_state(people=people, terms=terms))
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
        "  Fri 20 Nov 12:05  autonomy: off → ask · somebody at the terminal",
        "  Fri 20 Nov 12:00  daily loss limit: 3% → 2% · somebody at the terminal",
    ]


def test_whoever_has_a_name_is_named() -> None:
    view = a_view_of(changed("risk.reserve_pct", 20.0, 30.0), names={ME: "Anna"})
    assert words(show_history(History(), view)).endswith("reserve: 20% → 30% · Anna")


def test_you_and_the_engine_are_no_ids() -> None:
    own = changed("risk.reserve_pct", 20.0, 30.0)
    view = replace(a_view_of(own, replace(own, by="engine", how="term"), replace(own, by="owner")), asker=ME)
    rows = words(show_history(History(), view)).split("\n")[1:]
    assert [row.partition(" · ")[2] for row in rows] == ["somebody", "by itself · its time was over", "you"]


def test_a_change_for_a_time_says_until_when_also_when_that_is_over() -> None:
    path, until = "risk.daily_loss_limit_pct", NOON + timedelta(hours=2)
    over, stands = (Term(path=path, until=until + timedelta(days=n), back=3.0, seq=n + 1) for n in (0, 2))
    view = a_view_of(
        changed(path, 3.0, 2.0),
        changed(path, 2.0, 3.0, minutes=1, how="term", before=(over,)),
        changed(path, 3.0, 1.0, minutes=2),
        terms=(stands,),
    )
    assert [row.split("limit: ")[1].split(" ·")[0] for row in words(show_history(History(), view)).split("\n")[1:]] == [
        "3% → 1% until Sun 22 Nov 14:00",
        "2% → 3%",
        "3% → 2% until Fri 20 Nov 14:00",
    ]


def test_of_lists_what_joined_and_what_left() -> None:
    view = a_view_of(changed("trading.watchlist", ["AMD", "KO"], ["KO", "PEP"]))
    assert "watchlist: added PEP, removed AMD" in words(show_history(History(), view))


def test_what_was_put_back_says_so() -> None:
    view = a_view_of(
        changed("risk.reserve_pct", 30.0, 20.0, how="undo"),
        changed("risk.max_exposure_pct", 50.0, 80.0, minutes=1, how="term"),
    )
    text = words(show_history(History(), view))
    assert "reserve: 30% → 20% · somebody at the terminal · put back" in text
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
    assert "notification rules: stop hit as usual → none" in words(show_history(History(), view))
