"""`parley eval` and `parley intents check`: how well people are understood, and whether the language holds together."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.usage import USAGE, complain

if TYPE_CHECKING:
    from bot.usage import Commands
    from intents.evaluate import Judged
    from intents.figures import Bar, Figures
    from intents.result import Parsed, Request

BELOW: Final = 1


def add_intents_commands(commands: "Commands") -> None:
    """Make these commands known."""
    command = commands.add_parser("eval", help="how well rows of what people say are understood", allow_abbrev=False)
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="rows in YAML: plain.yaml")
    command.add_argument("--verbose", action="store_true", help="each row that was not understood exactly, too")
    command.set_defaults(command=evaluate)


def evaluate(wanted: argparse.Namespace) -> int:
    """Print a line a file; 1 if one is below its bars, 2 if one cannot be read. How long it took fails nothing."""
    from intents.figures import figures  # noqa: PLC0415  # here and below: help is quick without
    from intents.load import load_language  # noqa: PLC0415
    from intents.rows import BadRows  # noqa: PLC0415

    language, code = load_language(), 0
    for path in wanted.files:
        try:
            found = figures(path, language)
        except BadRows as error:
            code = complain(str(error), USAGE)
            continue
        show(*lines_of(found, verbose=wanted.verbose))
        code = max(code, BELOW if found.below() else 0)
    return code


def lines_of(found: "Figures", *, verbose: bool) -> Iterator[str]:
    """What is printed of a file."""
    from intents.figures import SCORES  # noqa: PLC0415

    rows = len(found.results)
    scores = "  ".join(f"{score} {found.count(score)} ({percent(found.count(score), rows)})" for score in SCORES)
    yield f"{found.name}: {rows} rows  {scores}  p50 {found.p50_ms:.2f} ms  p99 {found.p99_ms:.2f} ms"
    yield from (f"  below the bar: {missed(bar, found)}" for bar in found.below())
    if verbose:
        yield from (failing(one) for one in found.results if one.score != "exact")


def missed(bar: "Bar", found: "Figures") -> str:
    """A bar that was not reached, with what was reached."""
    if bar.least == 1:
        return f"{found.count('wrong')} wrong, none allowed"
    return f"{found.share(bar):.1%} {bar.what}, at least {bar.least:.1%} wanted".replace("%", " %")


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.1f} %"


def failing(one: "Judged") -> str:
    """A row that was not understood exactly: what was said, what was expected, and what came of it."""
    said = " / ".join(one.row.get("turns") or [one.row["t"]])
    expected = {key: value for key, value in one.row.items() if key not in {"t", "turns"}}
    return f"  {one.score}: {said!r}\n    expected {plain(expected)}\n    got {got(one.parsed)}"


def got(parsed: "Parsed") -> str:
    why = f" ({parsed.why})" if parsed.why else ""
    return " ".join([f"{parsed.status}{why}", *map(asked, parsed.requests or parsed.candidates)])


def asked(request: "Request") -> str:
    return f"{request.intent} {plain(dict(request.slots))}"


def plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def show(*lines: str) -> None:
    for line in lines:
        print(line)  # noqa: T201  # a command's output
