"""Passwords: how they are hashed, and which are too easy to guess.

Argon2id (RFC 9106) with 19 MiB, two passes, one lane: the first choice of the OWASP Password Storage Cheat Sheet. Each
takes some tens of milliseconds of a core, so that all of them run on two threads of their own with a short queue: a
flood of sign-ins makes signing in slow and nothing else.

A password has 12 to 128 characters, any of them, taken as they are (OWASP ASVS 5.0, 6.2). No rule asks for kinds of
characters. What makes one weak is that little is left of it when what everybody uses is taken out: common words, years,
runs of the keyboard or the alphabet, repetition, and words of the person and the place; that it is one word or two of
the 21,000 commonest of English, whatever digits stand around them; and that it is a number.
"""

from __future__ import annotations

import concurrent.futures
import functools
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable, Iterable
from importlib import resources
from typing import TypeVar

import argon2

from skykeep.errors import Refused, Unavailable

LENGTH_MIN, LENGTH_MAX = 12, 128
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
THREADS, QUEUE_MAX = 2, 32
LEFT_MIN = 6  # characters that must be left when what everybody uses is taken out
DIFFERENT_MIN = 6  # different characters of all
_Made = TypeVar("_Made")
_hasher = argon2.PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm",
    "azertyuiop", "qsdfghjklm", "wxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm",
    "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p", "12qw34er56ty78ui90op", "a1s2d3f4g5h6j7k8l9", "1a2s3d4f5g6h7j8k9l",
    "z1x2c3v4b5n6m7", "1z2x3c4v5b6n7m", "qawsedrftgyhujikolp", "qwaszxerdfcvtyghbnuijkmop", "0102030405060708090",
)  # fmt: skip
_RUN_MIN = 3  # characters in a row that count as a run
_COMMON = """
    password passwort passw0rd p@ssword p@ssw0rd motdepasse contrasena senha parola haslo secret geheim letmein welcome
    willkommen login admin administrator root user guest test testing demo default changeme change master manager
    system computer internet server network windows linux google facebook iloveyou love lover forever friend friends
    family baby princess prince queen king angel heart sweet sugar honey sunshine summer winter spring autumn monday
    friday january february march april june july august september october november december monkey dragon tiger lion
    eagle falcon wolf shadow ninja pirate batman superman spiderman starwars pokemon matrix soccer football baseball
    basketball hockey golf tennis liverpool arsenal chelsea barcelona madrid juventus yankees cowboys jordan michael
    jessica jennifer ashley daniel thomas robert george charlie william andrew joshua matthew anthony david martin
    maggie buster pepper ginger cookie chocolate banana orange cheese purple yellow silver golden black white green blue
    red mustang ferrari porsche mercedes corvette harley trustno1 whatever nothing hello hallo access qwerty freedom
    america england london paris berlin dallas phoenix boston fuck fucker fuckyou asshole bitch sexy pussy dick
    drone drones police airport airspace security station skykeep officer
""".split()  # noqa: SIM905  # a table of words reads better so
_LEET = str.maketrans("@4310$57!|", "aaeiosstil")
VOCABULARY = "nlpdata/bert_base_uncased_vocab.txt"  # Apache-2.0: words of Wikipedia and books, by how common they are
WORDS_FEW = 2
_WORDS = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(19|20)\d\d")


class Passwords:
    """Hashes and checks on threads of their own; more than the queue holds is refused with Unavailable."""

    def __init__(self, threads: int = THREADS, queue_max: int = QUEUE_MAX) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._free = threading.Semaphore(threads + queue_max)
        self._nobody = _hasher.hash(secrets.token_hex(16))  # as dear to check as anybody's

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(cancel_futures=True)

    def hash(self, password: str) -> concurrent.futures.Future[str]:
        """Begin to hash a password; the future has what is kept."""
        return self._begin(_hasher.hash, password)

    def check(self, kept: str | None, password: str) -> concurrent.futures.Future[bool]:
        """Begin to check a password; None is somebody who has none: as much work, and never right."""
        return self._begin(_right, kept, self._nobody, password)

    def _begin(self, work: Callable[..., _Made], *arguments: object) -> concurrent.futures.Future[_Made]:
        if not self._free.acquire(blocking=False):
            raise Unavailable("too many people sign in at this moment; try again in a second")
        try:
            future = self._pool.submit(work, *arguments)
        except RuntimeError as error:
            self._free.release()
            raise Unavailable("this process ends; try again in a second") from error
        future.add_done_callback(lambda _done: self._free.release())
        return future


def _right(kept: str | None, nobody: str, password: str) -> bool:
    try:
        _hasher.verify(kept or nobody, password)
    except (argon2.exceptions.VerificationError, UnicodeEncodeError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's, so that it is made again when its owner signs in."""
    return _hasher.check_needs_rehash(kept)


def generated() -> str:
    """Return a password to begin with, easy to copy by hand: 100 bits in groups of five letters and digits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"  # neither i, l, o nor 0, 1
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def require_good(password: str, context: Iterable[str] = ()) -> None:
    """Refuse a password that is too short or too easy to guess. `context`: names of person, station and place."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise Refused(f"a password has {LENGTH_MIN} to {LENGTH_MAX} characters, this one {len(password)}; several "
                      "words that have nothing to do with each other are good")  # fmt: skip
    if any(unicodedata.category(sign) == "Cs" for sign in password):
        raise Refused("this password holds half a character, which no keyboard writes; take another one")
    plain = unicodedata.normalize("NFKC", password).casefold()
    easy = len(frozenset(plain)) < DIFFERENT_MIN or left(plain, context) < LEFT_MIN
    if easy or one_or_two_words(plain) or one_or_two_words(plain.translate(_LEET)):
        raise Refused("this password is made of what everybody uses (common words, names, runs of keys, repetition); "
                      "take several words that have nothing to do with each other")  # fmt: skip


def one_or_two_words(plain: str) -> bool:
    """Whether a password is a number, or one or two common words with digits and signs around or between them."""
    found = _WORDS.findall(plain)
    letters = "".join(found)
    if len(found) > WORDS_FEW or not plain.isascii():
        return False
    cuts = [len(found[0])] if len(found) == WORDS_FEW else range(len(letters) + 1)
    return any(_is_common(letters[:cut]) and _is_common(letters[cut:]) for cut in cuts)


def _is_common(word: str) -> bool:
    return not word or word in _common_words()


@functools.cache
def _common_words() -> frozenset[str]:
    """Return the whole words of a vocabulary that is part of the package; its shortest and its pieces of words not."""
    text = resources.files("skykeep").joinpath(VOCABULARY).read_text("utf-8")
    return frozenset(word for word in text.split() if len(word) >= _RUN_MIN and word.isascii() and word.isalpha())


def left(plain: str, context: Iterable[str] = ()) -> int:
    """Return how many characters of a password are left when all that is easy to guess is taken out."""
    parts = {part for text in context for part in re.split(r"\W+", text.casefold()) if len(part) >= _RUN_MIN}
    words = sorted({*_COMMON, *parts}, key=lambda word: (-len(word), word))
    return min(_left(text, words) for text in (plain, plain.translate(_LEET)))


def _left(text: str, words: list[str]) -> int:
    text = _YEAR.sub("\0", text)
    for word in words:
        text = text.replace(word, "\0")
    text = _without_runs(_once(text))
    return sum(sign.isalnum() or not sign.isascii() for sign in text)


def _once(text: str) -> str:
    """Return a text with each part that stands there again, one after the other, once: aaaa -> a, abcabc -> abc."""
    return re.sub(r"(.{1,16}?)\1+", r"\1", text, flags=re.DOTALL)


def _without_runs(text: str) -> str:
    kept, at = [], 0
    while at < len(text):
        length = max(_run_at(text, at, run) for run in (*_RUNS, *(run[::-1] for run in _RUNS)))
        kept.append("\0" if length >= _RUN_MIN else text[at])
        at += length if length >= _RUN_MIN else 1
    return "".join(kept)


def _run_at(text: str, at: int, run: str) -> int:
    """Return how many characters from `at` on stand one after the other in `run`."""
    start = run.find(text[at])
    length = 0
    while start >= 0 and start + length < len(run) and text[at + length : at + length + 1] == run[start + length]:
        length += 1
    return length
