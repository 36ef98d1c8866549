"""`parley eval` and `parley intents check`: how well people are understood, and whether the language holds together."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.usage import USAGE, complain

if TYPE_CHECKING:
    from bot.packages import Furnished
    from bot.usage import Commands
    from intents.evaluate import Judged
    from intents.figures import Bar, Figures
    from intents.result import Parsed, Request

WRONG: Final = 1
ROWS: Final = Path("tests", "intents")
"""Where the tested sentences of this house lie, seen from its folder."""


def add_intents_commands(commands: "Commands") -> None:
    """Make these commands known."""
    command = commands.add_parser("eval", help="how well rows of what people say are understood", allow_abbrev=False)
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="rows in YAML: plain.yaml")
    command.add_argument("--verbose", action="store_true", help="each row that was not understood exactly, too")
    command.set_defaults(command=evaluate)
    intents = commands.add_parser("intents", help="look after what can be said", allow_abbrev=False)
    actions = intents.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="action")
    checked = actions.add_parser("check", help="whether the language files hold together", allow_abbrev=False)
    checked.add_argument("--language", metavar="L", help="one language: en; without it, all that there are")
    checked.add_argument("--rows", type=Path, metavar="DIR", help=f"tested sentences, a file an intent: {ROWS}/en")
    checked.set_defaults(command=check)


def evaluate(wanted: argparse.Namespace) -> int:
    """Print a line a file; 1 if one is below its bars, 2 if one cannot be read. How long it took fails nothing."""
    from intents.figures import figures  # noqa: PLC0415  # here and below: help is quick without
    from intents.rows import BadRows  # noqa: PLC0415

    language, code = the_house().language, 0
    for path in wanted.files:
        try:
            found = figures(path, language)
        except BadRows as error:
            code = complain(str(error), USAGE)
            continue
        show(*lines_of(found, verbose=wanted.verbose))
        code = max(code, WRONG if found.below() else 0)
    return code


def check(wanted: argparse.Namespace) -> int:
    """Print what is wrong with each language, a line a finding; 1 if there is any, 2 for rows that cannot be read."""
    from intents.load import tongues  # noqa: PLC0415
    from intents.rows import BadRows  # noqa: PLC0415

    known = tongues()
    if wanted.language is not None and wanted.language not in known:
        return complain(f"--language must be one of {', '.join(known)}, not {wanted.language!r}", USAGE)
    several = known if wanted.language is None else (wanted.language,)
    if wanted.rows is not None and len(several) > 1:
        return complain("--rows are those of one language: say which by --language", USAGE)
    try:
        return max(findings(tongue, wanted.rows) for tongue in several)
    except BadRows as error:
        return complain(str(error), USAGE)


def findings(tongue: str, given: Path | None) -> int:
    """Check one language against its tested sentences, if there are any here."""
    from intents.check import check as amiss  # noqa: PLC0415
    from intents.rows import rows_in  # noqa: PLC0415

    folder = given or ROWS / tongue
    rows = rows_in(folder) if given is not None or folder.is_dir() else None
    if rows is None:
        complain(f"{tongue}: no tested sentences here ({folder}); name their folder by --rows. The rest is checked", 0)
    house = the_house(tongue)
    language = house.language
    if rows is not None:
        rows = rows | rows_of_packages(house, tongue)
    found = amiss(language, rows)
    tested = sum(map(len, rows.values())) if rows is not None else 0
    read = f"{len(language.contract)} intents, {len(language.templates)} templates, {tested} rows"
    show(*found, f"{tongue}: {read}: {f'{len(found)} found' if found else 'nothing found'}")
    return WRONG if found else 0


def the_house(tongue: str = "en") -> "Furnished":
    """A language with what packages bring to it; those that are left out are named."""
    from bot.packages import installed  # noqa: PLC0415

    house = installed(tongue)
    for package in house.left_out:
        complain(f"left out: {package.name}: {package.why}", 0)
    return house


def rows_of_packages(house: "Furnished", tongue: str) -> dict[str, list[dict[str, Any]]]:
    """The tested sentences that packages bring, each in its folder."""
    from intents.rows import rows_in  # noqa: PLC0415

    folders = (Path(package.folder) / "rows" / tongue for package in house.packages)
    return {intent: rows for folder in folders if folder.is_dir() for intent, rows in rows_in(folder).items()}


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
