"""Putting an engine together, from a plan to one that runs."""

from engine.adapters.paper_broker import Terms
from engine.wiring.opening import open_engine
from engine.wiring.plan import ACCOUNT, CALENDARS, Audit, BadStart, Plan, Signs, in_force, places
from engine.wiring.running import GRACE_S, Engine
from engine.wiring.starts import HISTORY_NEEDED, check_start

__all__ = [
    "ACCOUNT",
    "CALENDARS",
    "GRACE_S",
    "HISTORY_NEEDED",
    "Audit",
    "BadStart",
    "Engine",
    "Plan",
    "Signs",
    "Terms",
    "check_start",
    "in_force",
    "open_engine",
    "places",
]
