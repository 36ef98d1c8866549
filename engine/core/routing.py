"""What becomes of news on their way to the owner here: told, held back, or left waiting until quiet hours are over."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.core.announcement import Announcement
from engine.core.categories import Condition, Mute, NotificationRule, Notifications, QuietHours
from engine.core.news import ALL, EVENTS, HERE, LARGE, Measure
from engine.core.units import DOLLAR
from engine.core.words import Origin, Priority

MUTED: Final = "notifications.muted"
RULES: Final = "notifications.rules"
NEVER: Final = datetime.min.replace(tzinfo=UTC)
FOR_GOOD: Final = datetime.max.replace(tzinfo=UTC)


def is_held_back(news: Announcement, settings: Notifications) -> bool:
    """Whether these news are not told in this chat at all, under the settings of when they were made."""
    if news.event_type not in EVENTS:
        return False
    rule = rule_of(news, settings)
    return is_muted(news, settings) or (rule is not None and not lets_through(rule, news))


def has_to_wait(news: Announcement, settings: Notifications, at: datetime) -> bool:
    """Whether these news are told here only when the quiet hours are over that hold at this market time."""
    hours = settings.quiet_hours
    if hours is None or news.event_type not in EVENTS or urgency(news, settings) > Priority.MEDIUM:
        return False
    return is_quiet(hours, ZoneInfo(settings.timezone), at)


def events_of(news: Announcement) -> tuple[str, ...]:
    """All that these news are: a stop that was hit may be a large loss, too, and a sale for want of a price is one."""
    more = [LARGE] if news.facts.get("large_frac") else []
    if news.facts.get("origin") == Origin.PRICE_UNAVAILABLE.value:
        more.append(Origin.PRICE_UNAVAILABLE.value)
    return (*more, news.event_type)


def rule_for(event: str, settings: Notifications) -> NotificationRule | None:
    """The first rule of an event; None where it has none."""
    return next((rule for rule in settings.rules if rule.event_type == event), None)


def rule_of(news: Announcement, settings: Notifications) -> NotificationRule | None:
    """The rule for the most special of all that these news are."""
    return next((rule for event in events_of(news) if (rule := rule_for(event, settings))), None)


def urgency(news: Announcement, settings: Notifications) -> Priority:
    """Their own priority, raised or lowered by the owner's rule."""
    rule = rule_of(news, settings)
    if rule is None or rule.priority is None:
        return news.priority
    wanted = Priority[rule.priority]
    return max(news.priority, wanted) if wanted >= EVENTS[rule.event_type].usual else min(news.priority, wanted)


def is_muted(news: Announcement, settings: Notifications) -> bool:
    """Whether everything that these news are is muted; what is CRITICAL only by its own name."""
    standing = {one.event for one in settings.muted if lasts(one, news.at)}
    by_all = ALL in standing and urgency(news, settings) < Priority.CRITICAL
    return by_all or all(event in standing for event in events_of(news))


def lasts(mute: Mute, at: datetime) -> bool:
    return mute.until is None or mute.until > at


def over(muted: Iterable[Mute], at: datetime) -> tuple[Mute, ...]:
    """The mutes whose time has come."""
    return tuple(one for one in muted if not lasts(one, at))


def lets_through(rule: NotificationRule, news: Announcement) -> bool:
    """Whether a rule lets these news into this chat; conditions of a rule for other channels say nothing of it."""
    if not rule.enabled:
        return False
    return not is_for_here(rule) or all(holds(one, news.facts) for one in rule.conditions)


def is_for_here(rule: NotificationRule) -> bool:
    """Whether a rule is about this chat: it names no channel, or one that is the conversation itself."""
    return not rule.channels or bool(HERE & set(rule.channels))


def pause_between(news: Announcement, settings: Notifications) -> int:
    """Minutes that lie at least between two news of an event and ticker here; nought for CRITICAL ones."""
    rule = rule_of(news, settings)
    if rule is None or not is_for_here(rule) or urgency(news, settings) is Priority.CRITICAL:
        return 0
    return rule.throttle_minutes


def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Whether news with these facts fulfil a condition; what they do not measure is no reason to be silent."""
    value = MEASURED[condition.field](facts)
    if value is None:
        return True
    return value >= condition.value if condition.op == "min" else value <= condition.value


def dollars_of(*names: str, sign: int = 1) -> Callable[[Mapping[str, Any]], float | None]:
    """The first of these amounts that is there, in dollars, with its sign turned where `sign` is −1."""

    def found(facts: Mapping[str, Any]) -> float | None:
        amount = next((facts[name] for name in names if facts.get(name) is not None), None)
        return None if amount is None else sign * amount / DOLLAR

    return found


def percent_of(*names: str) -> Callable[[Mapping[str, Any]], float | None]:
    """The first of these fractions that is there, in percent and without its sign."""

    def found(facts: Mapping[str, Any]) -> float | None:
        part = next((facts[name] for name in names if facts.get(name) is not None), None)
        return None if part is None else abs(part) * 100

    return found


def as_it_is(facts: Mapping[str, Any]) -> float | None:
    return facts.get("confidence")


def loss(facts: Mapping[str, Any]) -> float | None:
    """Of a trade what was lost, negative for a gain; of an alert its amount."""
    return dollars_of("realised", sign=-1)(facts) if "realised" in facts else dollars_of("amount")(facts)


MEASURED: Final[Mapping[Measure, Callable[[Mapping[str, Any]], float | None]]] = MappingProxyType(
    {
        Measure.LOSS_DOLLARS: loss,
        Measure.GAIN_DOLLARS: dollars_of("realised", "amount"),
        Measure.PNL_PCT: percent_of("realised_frac", "actual"),
        Measure.ORDER_DOLLARS: dollars_of("dollars"),
        Measure.CONFIDENCE: as_it_is,
        Measure.DRAWDOWN_PCT: percent_of("actual", "fall"),
    }
)
"""How each measure is found in the facts of news."""


def is_quiet(hours: QuietHours, zone: ZoneInfo, at: datetime) -> bool:
    """Whether an instant lies in quiet hours by the owner's clock, start included; they may span midnight."""
    now = at.astimezone(zone).time()
    start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    return start <= now < end if start <= end else now >= start or now < end
