"""Command × account × scene → events, or a refusal: what is allowed, whoever asks."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from engine.core import commands as c
from engine.core.judge import (
    actions,
    alerts,
    cash,
    differences,
    entries,
    exits,
    halts,
    happenings,
    levels,
    news,
    orders,
    owner,
    people,
    reserve,
    safety,
    sessions,
    settings,
    strategies,
    switches,
    terms,
    tiers,
    tranches,
    trimming,
    waiting,
    witness,
)
from engine.core.judge.ground import Ground, Verdict

Judge = Callable[[Any, Ground], Verdict]

JUDGES: Final[Mapping[type[c.Command], Judge]] = MappingProxyType(
    {
        c.OpenAccount: sessions.open_account,
        c.ChangePreferences: settings.change_preferences,
        c.UndoChanges: settings.undo_changes,
        c.EndTerm: terms.end_term,
        c.EndMutes: news.end_mutes,
        c.TestNotification: news.send_test,
        c.MoveCash: cash.move_cash,
        c.ResetAccount: cash.reset_account,
        c.RecordTransfer: cash.record_transfer,
        c.Invite: people.invite,
        c.Admit: people.admit,
        c.SetRole: people.set_role,
        c.Witness: witness.witness,
        c.PauseEntries: switches.pause_entries,
        c.ResumeEntries: switches.resume_entries,
        c.EndPause: switches.end_pause,
        c.StopEverything: switches.stop_everything,
        c.ReceiveRecommendation: entries.receive_recommendation,
        c.Consider: entries.consider,
        c.AbandonRecommendation: entries.abandon_recommendation,
        c.Approve: entries.approve,
        c.Reject: entries.reject,
        c.BuyTranche: tranches.buy_tranche,
        c.TimeOutOrder: waiting.time_out_order,
        c.WarnOfExit: waiting.warn_of_exit,
        c.RaiseAlert: alerts.raise_alert,
        c.LapseProposal: entries.lapse_proposal,
        c.ClosePosition: exits.close_position,
        c.ExitPosition: exits.exit_position,
        c.RaiseStop: exits.raise_stop,
        c.RecordOrder: orders.record_order,
        c.RecordFill: orders.record_fill,
        c.BeginSession: sessions.begin_session,
        c.TripBreaker: sessions.trip_breaker,
        c.ResolveBreaker: sessions.resolve_breaker,
        c.TakeSnapshot: sessions.take_snapshot,
        c.Summarise: sessions.summarise,
        c.FreezeTicker: differences.freeze_ticker,
        c.ThawTicker: differences.thaw_ticker,
        c.NoteDifference: differences.note_difference,
        c.AcceptBroker: differences.accept_broker,
        c.Note: sessions.note,
        c.MoveReserve: reserve.move_reserve,
        c.LiquidateReserve: reserve.liquidate_reserve,
        c.RearmEmergency: reserve.rearm_emergency,
        c.MarkReserve: reserve.mark_reserve,
        c.MoveTier: tiers.move_tier,
        c.ResetBreakers: halts.reset_breakers,
        c.Flatten: halts.flatten,
        c.GiveUpParts: halts.give_up_parts,
        c.MoveStop: levels.move_stop,
        c.MoveTake: levels.move_take,
        c.MarkEvent: happenings.mark_event,
        c.EndEvent: happenings.end_event,
        c.ImportEarnings: happenings.import_earnings,
        c.ImportEvents: happenings.import_events,
        c.TakeAction: actions.take_action,
        c.Buy: owner.buy,
        c.Sell: owner.sell,
        c.CancelOrders: owner.cancel_orders,
        c.TrimPositions: trimming.trim_positions,
        c.SetStrategy: strategies.set_strategy,
    }
)


def judge(command: c.Command, ground: Ground) -> Verdict:
    """What comes of a command on this account now; no order is meant that was not looked at last of all."""
    return safety.safe(JUDGES[type(command)](command, ground), ground)


__all__ = ["JUDGES", "Ground", "Verdict", "judge"]
