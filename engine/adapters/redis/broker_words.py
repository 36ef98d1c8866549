"""What engine and outside broker say to each other, as JSON: the schema of the order queue, version 1."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from engine.core.nouns import AccountId, Fill, Order, Transfer
from engine.core.units import Money, dollars, money
from engine.core.words import OrderStatus, Side
from engine.ports import Holdings, Receipt

VERSION: Final = 1

Words: TypeAlias = dict[str, Any]


class Strange(ValueError):
    """The other side said something that this version does not understand."""


def text(words: Words) -> str:
    return json.dumps({"v": VERSION, **words}, separators=(",", ":"))


def words_of(raw: str) -> Words:
    """Raises Strange for what is no object of this version."""
    try:
        words = json.loads(raw)
    except ValueError as error:
        raise Strange(f"not JSON: {raw[:80]!r}") from error
    if not isinstance(words, dict) or words.get("v") != VERSION:
        raise Strange(f"not of version {VERSION}: {raw[:80]!r}")
    return words


def amount(value: Money | None) -> str | None:
    """Dollars with four places at most, as text: JSON's own numbers are not exact."""
    return None if value is None else str(dollars(value))


def instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def when(words: Mapping[str, Any], field: str) -> datetime:
    try:
        return datetime.fromisoformat(words[field])
    except (KeyError, TypeError, ValueError) as error:
        raise Strange(f"no instant {field}: {dict(words)!r}") from error


def order(account: AccountId, wanted: Order, answer_to: str, expires_at: datetime | None, sent_at: datetime) -> Words:
    return {
        "kind": "submit",
        "account": account,
        "client_order_id": wanted.client_order_id,
        "ticker": wanted.ticker,
        "side": wanted.side.value,
        "shares": wanted.shares,
        "type": wanted.kind.value,
        "limit": amount(wanted.limit),
        "stop": amount(wanted.stop_at),
        "time_in_force": wanted.good.value,
        "meant_at": instant(wanted.intended_at),
        "sent_at": instant(sent_at),
        "expires_at": instant(expires_at),
        "answer_to": answer_to,
    }


def cancellation(account: AccountId, client_order_id: str, answer_to: str) -> Words:
    return {"kind": "cancel", "account": account, "client_order_id": client_order_id, "answer_to": answer_to}


def question(account: AccountId, client_order_id: str, answer_to: str) -> Words:
    return {"kind": "find", "account": account, "client_order_id": client_order_id, "answer_to": answer_to}


def movement(account: AccountId, transfer: Transfer, answer_to: str) -> Words:
    return {
        "kind": "transfer",
        "account": account,
        "id": transfer.id,
        "amount": amount(transfer.amount),
        "resets": transfer.resets,
        "at": instant(transfer.at),
        "answer_to": answer_to,
    }


def receipt(client_order_id: str, words: Mapping[str, Any], status: str = "status") -> Receipt:
    """The word on an order; `status` names the field to read: what it is now, or what the sender was told first."""
    try:
        now, first = OrderStatus(words["status"]), OrderStatus(words.get("answered", words["status"]))
        if status == "answered" and first is OrderStatus.ACCEPTED:
            return Receipt(client_order_id=client_order_id, status=first)
        return Receipt(
            client_order_id=client_order_id,
            status=now,
            filled_shares=int(words.get("filled_shares", 0)),
            why=str(words.get("why", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Strange(f"no receipt: {dict(words)!r}") from error


def fill(words: Mapping[str, Any]) -> Fill:
    try:
        return Fill(
            execution_id=str(words["execution_id"]),
            client_order_id=str(words["client_order_id"]),
            ticker=str(words["ticker"]),
            side=Side(words["side"]),
            shares=int(words["shares"]),
            price=money(words["price"]),
            fee=money(words.get("fee", "0")),
            at=datetime.fromisoformat(words["at"]),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise Strange(f"no fill: {dict(words)!r}") from error


def holdings(words: Mapping[str, Any]) -> Holdings:
    try:
        shares = {str(ticker): int(count) for ticker, count in words["shares"].items() if int(count)}
        return Holdings(cash=money(words["cash"]), shares=shares)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise Strange(f"no holdings: {dict(words)!r}") from error
