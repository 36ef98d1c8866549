"""What is read back before grave commands: what will be lost, and who may do what from then on."""

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge import judge
from engine.core.people import Person
from engine.core.refusals import Refused
from engine.core.words import Role
from engine.view import View
from skills.skill import Say


def of_reset(command: c.ResetAccount, view: View) -> Say:
    """What will be lost, and what stays."""
    state, verdict = view.state, judge(command, view.ground)
    events = () if isinstance(verdict, Refused) else verdict
    begins = next((event.transfer.amount for event in events if isinstance(event, e.AccountReset)), command.cash)
    facts = {
        "account": state.kind.value,
        "begins": begins,
        "equity": view.worth.equity,
        "gain": view.worth.equity - state.contributed,
        "positions": len(state.positions) or None,
        "tickers": sorted(state.positions),
        "reserve": state.reserve or None,
        "orders": len(state.orders) or None,
        "breakers": len(state.breakers) or None,
        "cash": state.free_cash,
    }
    return Say("ask.reset", facts)


def of_role(command: c.SetRole, view: View) -> Say:
    known, role = known_as(command.person, view), command.role
    old = known.role if known else "stranger"
    facts = {"account": view.state.kind.value, "name": name_of(command.person, view), "old": old}
    return Say("ask.role", {**facts, "new": role, "may": may(role)}) if role else Say("ask.remove", facts)


def of_invitation(command: c.Invite, view: View) -> Say:
    facts = {"account": view.state.kind.value, "role": command.role, "until": command.lapses_at}
    return Say("ask.invite", {**facts, "may": may(command.role)})


def may(role: Role) -> Say:
    """What a role lets people do."""
    return Say(f"may.{role.value}")


def known_as(person: str, view: View) -> Person | None:
    wanted = person.casefold()
    found = (one for one in view.state.people.values() if wanted in (one.id.casefold(), one.name.casefold()))
    return next(found, None)


def name_of(person: str, view: View) -> str:
    """How somebody is called here: by name, or by the channel's id where he gave none."""
    known = known_as(person, view)
    return known.name or known.id if known else person
