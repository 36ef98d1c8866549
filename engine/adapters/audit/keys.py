"""The key that signs checkpoints: Ed25519, in a file that only its owner may read."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from engine.core.chain import Seal
from engine.ports import Unavailable

log = structlog.get_logger(__name__)

MARK: Final = "parley checkpoint key, keep it secret: "
HEX: Final = 64
"""Digits of a key, public or secret."""


class BadKey(Exception):
    """What was given as a key is none."""


class Trust(NamedTuple):
    """The public keys that count, in hex, and a sentence on where they come from; no keys: a seal's own counts."""

    keys: frozenset[str] = frozenset()
    note: str = ""


class Pen:
    """Signs with one secret key; `public` is the key, in hex, by which anybody can check it."""

    def __init__(self, seed: bytes) -> None:
        from nacl.signing import SigningKey  # noqa: PLC0415  # here and below: what signs nothing does not load it

        self._key = SigningKey(seed)
        self.public = self._key.verify_key.encode().hex()

    def sign(self, text: str) -> str:
        return self._key.sign(text.encode()).signature.hex()


def pen(path: Path) -> Pen:
    """The key in this file, which is made where there is none. Raises Unavailable."""
    try:
        if not path.exists():
            _make(path)
        return Pen(_seed(path))
    except OSError as error:
        raise _unusable(path, error) from error


def check(path: Path) -> None:
    """Raises Unavailable where this file holds no key, or where none could be made."""
    try:
        if path.exists():
            _seed(path)
        elif not path.parent.is_dir():
            raise Unavailable(f"{path} cannot hold the key of checkpoints: make its folder, or name another place")
    except OSError as error:
        raise _unusable(path, error) from error


def public_key(path: Path) -> str:
    """The public half of the key in this file, or the public key itself where it holds that. Raises Unavailable."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, error) from error
    return text.lower() if is_public(text) else Pen(_seed(path)).public


def trusted(given: Sequence[str], file: Path) -> Trust:
    """The keys that were given, in hex or in files; else the one in the folder's own file; else none.

    Raises BadKey where one of those given is none, Unavailable where the folder's own is none.
    """
    if given:
        return Trust(frozenset(map(named, given)), "checkpoints are checked by the key that you gave")
    if file.exists():
        return Trust(frozenset({public_key(file)}), f"checkpoints are checked by the key in {file}")
    return Trust(note="checkpoints are checked by the keys that they name themselves: nobody vouches for those")


def named(given: str) -> str:
    """The public key that was given, in hex or as a file that holds one. Raises BadKey."""
    if is_public(given):
        return given.lower()
    try:
        return public_key(Path(given))
    except Unavailable:
        raise BadKey(f"must be a public key of {HEX} hex digits, or a file that holds one, not {given!r}") from None


def is_public(text: str) -> bool:
    return len(text) == HEX and all(digit in "0123456789abcdefABCDEF" for digit in text)


def signed(seal: Seal) -> bool:
    """Whether the seal's signature is by its key, over its instant and heads."""
    from nacl.exceptions import CryptoError  # noqa: PLC0415
    from nacl.signing import VerifyKey  # noqa: PLC0415

    try:
        VerifyKey(bytes.fromhex(seal.key)).verify(seal.signed.encode(), bytes.fromhex(seal.signature))
    except (CryptoError, ValueError, TypeError):
        return False
    return canonical_hex(seal)


def canonical_hex(seal: Seal) -> bool:
    """Whether key and signature are written as we write them: the same bytes in capitals are another text."""
    return seal.key == bytes.fromhex(seal.key).hex() and seal.signature == bytes.fromhex(seal.signature).hex()


def _seed(path: Path) -> bytes:
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    if not (text.startswith(MARK) and is_public(text.removeprefix(MARK))):
        raise Unavailable(
            f"{path} holds no key of checkpoints: restore it; or move it away, and a new key is made, "
            "to which older checkpoints do not belong"
        )
    if path.stat().st_mode & 0o077:
        log.warning("audit.key_open_to_others", path=str(path))
    return bytes.fromhex(text.removeprefix(MARK))


def _make(path: Path) -> None:
    """Whole or not at all, also when the power goes."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"{MARK}{os.urandom(HEX // 2).hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    log.info("audit.key_made", path=str(path))


def _unusable(path: Path, error: Exception) -> Unavailable:
    why = getattr(error, "strerror", None) or "it is no text"
    return Unavailable(f"{path} cannot be used as the key of checkpoints ({why}): check its owner and permissions")
