"""How much a command can hurt: one table; what is asked before it is done follows from it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from engine.core import commands as c
from engine.core.appliers.settings import TOLERANCE
from engine.core.hushing import HIDES
from engine.core.limits import in_force
from engine.core.nouns import Term
from engine.core.policy import DEFAULT_POLICY, Policy
from engine.core.preferences import FIELDS, BadValue, Preferences, patched, value_of
from engine.core.protecting import of_events, of_pause, resumes
from engine.core.state import State
from engine.core.undo import PAUSE, terms_put_back, undoing
from engine.core.words import Autonomy, Harm, Settlement, Tier

Judged: TypeAlias = Callable[[Any, State, Policy], Harm]
"""What tells a command's class on an account under the house's numbers."""


def higher(old: Any, new: Any) -> bool:  # noqa: ANN401  # fields differ in type
    """Looser when the number rises, loosest without one."""
    return old is not None and (new is None or new > old)


def lower(old: Any, new: Any) -> bool:  # noqa: ANN401
    """Looser when the number falls, loosest without one."""
    return old is not None and (new is None or new < old)


def higher_cap(old: Any, new: Any) -> bool:  # noqa: ANN401
    """As `higher`, where nought stands for no cap."""
    return higher(old or None, new or None)


def fewer(old: Any, new: Any) -> bool:  # noqa: ANN401
    """Looser when something leaves the list."""
    return not set(old) <= set(new)


def more(old: Any, new: Any) -> bool:  # noqa: ANN401
    """Looser when something joins the list."""
    return not set(new) <= set(old)


def switched_on(old: Any, new: Any) -> bool:  # noqa: ANN401
    return bool(new) and not old


def switched_off(old: Any, new: Any) -> bool:  # noqa: ANN401
    return bool(old) and not new


def later_in(words: type[Tier] | type[Autonomy] | type[Settlement]) -> Callable[[Any, Any], bool]:
    """Looser when the word stands later in its list."""
    order = list(words)
    return lambda old, new: order.index(new) > order.index(old)


LOOSER: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "trading.autonomy": later_in(Autonomy),
        "trading.risk_tolerance": later_in(Tier),
        "trading.excluded_tickers": fewer,
        "trading.excluded_sectors": fewer,
        "trading.asset_classes": more,
        "trading.after_hours": switched_on,
        "trading.pre_market": switched_on,
        "trading.micro_trading": switched_on,
        "trading.settlement": later_in(Settlement),
        "strategy.auto_deploy_optimised": switched_on,
        "strategy.max_strategies": higher,
        "strategy.auto_pause_underperforming": switched_off,
        "strategy.underperformance_pct": higher,
        "market_data.options": switched_on,
        "market_data.futures": switched_on,
        "trading.universe": lambda old, new: new == "any" != old,
        "trading.min_confidence": lower,
        "trading.max_daily_trades": higher,
        "trading.max_open_positions": higher,
        "trading.position_size_pct": higher,
        "trading.absolute_position_cap": higher_cap,
        "trading.capital_limit": higher,
        "risk.max_position_pct": higher,
        "risk.max_exposure_pct": higher,
        "risk.max_sector_pct": higher,
        "risk.stop_loss_pct": higher,
        "risk.take_profit_pct": higher,
        "risk.max_drawdown_pct": higher,
        "risk.daily_loss_limit_pct": higher,
        "risk.single_position_loss_pct": higher,
    }
)
TIERED: Final = frozenset(
    {"trading.min_confidence", "trading.position_size_pct", "risk.max_position_pct", "risk.max_sector_pct"}
)
"""Fields beside which the tier has a limit of its own, and the stricter holds."""

NEUTRAL: Final = frozenset(FIELDS.keys() - LOOSER.keys() - HIDES.keys())
"""Fields whose changes neither loosen nor tighten nor hide anything: watchlist, style, clock, benchmark, alerts …"""


def harm_of_field(path: str, old: object, new: object) -> Harm:
    """The class of one field's change, by its direction."""
    if path in HIDES:
        return Harm.RISKIER if HIDES[path](old, new) else Harm.NEUTRAL
    if path in NEUTRAL or old == new:
        return Harm.NEUTRAL
    return Harm.RISKIER if LOOSER[path](old, new) else Harm.SAFER


def stays_longer(value: object, was: Term | None, until: datetime | None) -> bool:
    """Whether a value looser than what it was to go back to holds for longer than agreed; both as JSON has them."""
    if was is None or was.path not in LOOSER or not (until is None or until > was.until):
        return False
    return LOOSER[was.path](was.back, value)


def loosens(old: Preferences, new: Preferences) -> bool:
    """Whether any field now allows more than before."""
    return any(LOOSER[path](value_of(old, path), value_of(new, path)) for path in LOOSER)


def loosens_in_force(old: Preferences, new: Preferences, policy: Policy) -> bool:
    """As `loosens`; but a value of one's own that the tier's limit overrides before and after allows nothing more."""
    looser = {path for path in LOOSER if LOOSER[path](value_of(old, path), value_of(new, path))}
    return bool(looser - TIERED) or (bool(looser) and more_in_force(old, new, policy))


def in_effect(preferences: Preferences, ceiling: Tier | None) -> Preferences:
    """The settings as they hold while the engine has lowered the tier to `ceiling`: the tier in force as if chosen."""
    if ceiling is None or preferences.trading.risk_tolerance.rank <= ceiling.rank:
        return preferences
    return patched(preferences, {TOLERANCE: ceiling})


def holding_now(state: State) -> Preferences:
    """The settings with the tier in force; what the owner sets of it himself holds at once."""
    return in_effect(state.preferences, state.ceiling)


def more_in_force(old: Preferences, new: Preferences, policy: Policy) -> bool:
    """Whether a limit that a tier has, too, is looser after a change than before it."""
    before, after = (in_force(one.trading.risk_tolerance, one, policy) for one in (old, new))
    sizes = (
        (before.base_allocation, after.base_allocation),
        (before.max_position, after.max_position),
        (before.max_sector, after.max_sector),
    )
    return any(now > was for was, now in sizes) or after.min_confidence < before.min_confidence


def of_patch(patch: Mapping[str, object], preferences: Preferences, policy: Policy = DEFAULT_POLICY) -> Harm:
    try:
        after = patched(preferences, patch)
    except BadValue:
        return Harm.NEUTRAL  # the judge refuses it; a yes to something impossible is not worth asking for
    kinds = {path: harm_of_field(path, value_of(preferences, path), value_of(after, path)) for path in patch}
    if Harm.RISKIER in kinds.values() and not loosens_in_force(preferences, after, policy):
        kinds = {path: kind if path in HIDES else min(kind, Harm.NEUTRAL) for path, kind in kinds.items()}
    return max(kinds.values(), default=Harm.NEUTRAL)


def of_change(command: c.ChangePreferences, state: State, policy: Policy) -> Harm:
    """The class of the patch; what an end agreed here brings back needs no second yes."""
    ends = dict.fromkeys(command.patch, command.until)
    return max(of_patch(command.patch, holding_now(state), policy), of_ends(state, command.patch, ends))


def of_ends(state: State, patch: Mapping[str, Any], ends: Mapping[str, datetime | None]) -> Harm:
    """Riskier, where something looser than agreed stays longer than agreed, or comes back sooner; else nothing."""
    for term in state.terms:
        until = ends.get(term.path, term.until)
        if until is None or until > term.until:
            before, after = {term.path: term.back}, {term.path: patch[term.path]}
        elif until < term.until:
            before, after = {}, {term.path: term.back}
        else:
            continue
        if riskier(state, before, after):
            return Harm.RISKIER
    return Harm.LOOK


def riskier(state: State, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether one patch allows more than another under what the engine lowered; what the judge refuses, nothing."""
    try:
        one, other = (in_effect(patched(holding_now(state), patch), state.ceiling) for patch in (before, after))
        return loosens(one, other)
    except BadValue:
        return False


def of_undo(command: c.UndoChanges, state: State, policy: Policy) -> Harm:
    """The class of what it puts back, now and when the terms that it restores are over; nothing hurts nobody."""
    patch, _ = undoing(state, command.count, command.field)
    settings = {path: value for path, value in patch.items() if path != PAUSE}
    frees = PAUSE in patch and resumes(state, patch[PAUSE])
    at_once = of_patch(settings, holding_now(state), policy) if settings else Harm.SAFER
    return max(at_once, of_ends_put_back(command, state, settings), Harm.RISKIER if frees else Harm.LOOK)


def of_ends_put_back(command: c.UndoChanges, state: State, settings: Mapping[str, Any]) -> Harm:
    """As `of_ends`; a value that held for good and is to go back again may bring back something looser, too."""
    restored = terms_put_back(state, command.count, command.field)
    standing = {term.path for term in state.terms}
    later = {term.path: term.back for term in restored if term.path not in standing}
    if riskier(state, {}, later):
        return Harm.RISKIER
    return of_ends(state, settings, dict.fromkeys(settings) | {term.path: term.until for term in restored})


def of_stop(command: c.MoveStop, state: State, _policy: Policy) -> Harm:
    """Nearer is safer, wider is riskier."""
    held = state.positions.get(command.ticker)
    return Harm.RISKIER if held is not None and command.stop < held.stop else Harm.SAFER


def of_take(command: c.MoveTake, state: State, _policy: Policy) -> Harm:
    """Nearer is safer, farther is riskier."""
    held = state.positions.get(command.ticker)
    return Harm.RISKIER if held is not None and command.take > held.take else Harm.SAFER


def of_reserve(command: c.MoveReserve, _state: State, _policy: Policy) -> Harm:
    return Harm.GRAVE if command.amount < 0 else Harm.NEUTRAL


def of_strategy(command: c.SetStrategy, _state: State, _policy: Policy) -> Harm:
    return Harm.RISKIER if command.on else Harm.SAFER


def always(harm: Harm) -> Judged:
    return lambda _command, _state, _policy: harm


HARM: Final[Mapping[type[c.Command], Judged]] = MappingProxyType(
    {
        c.ChangePreferences: of_change,
        c.UndoChanges: of_undo,
        c.PauseEntries: of_pause,
        c.StopEverything: always(Harm.SAFER),
        c.Reject: always(Harm.SAFER),
        c.Approve: always(Harm.NEUTRAL),  # it is itself the yes
        c.ResumeEntries: always(Harm.RISKIER),
        c.ClosePosition: always(Harm.RISKIER),
        c.MoveCash: always(Harm.NEUTRAL),  # paper money
        c.ResetAccount: always(Harm.GRAVE),
        c.Invite: always(Harm.GRAVE),
        c.SetRole: always(Harm.GRAVE),
        c.Buy: always(Harm.RISKIER),
        c.Sell: always(Harm.RISKIER),
        c.MoveStop: of_stop,
        c.MoveTake: of_take,
        c.CancelOrders: always(Harm.SAFER),
        c.TripBreaker: always(Harm.SAFER),
        c.ResetBreakers: always(Harm.RISKIER),
        c.MarkEvent: of_events,
        c.EndEvent: always(Harm.RISKIER),
        c.ImportEvents: of_events,
        c.ImportEarnings: always(Harm.NEUTRAL),
        c.AcceptBroker: always(Harm.RISKIER),
        c.MoveReserve: of_reserve,
        c.SetStrategy: of_strategy,
        c.Flatten: always(Harm.GRAVE),
        c.TestNotification: always(Harm.NEUTRAL),
    }
)
"""Every command that a person can give; one without an entry cannot be given."""


def harm_of(command: c.Command, state: State, policy: Policy = DEFAULT_POLICY) -> Harm:
    """The class of this command on this account now; raises KeyError for one that is not people's to give."""
    return HARM[type(command)](command, state, policy)
