"""The demo of a permit's life: ban, application, two officers, QR code, flight, revocation; each claim is checked."""

from __future__ import annotations

import dataclasses
import json
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from skykeep.errors import Corrupt, Refused
from skykeep.facts.concluded import Verdict, VerdictReached
from skykeep.facts.enacted import PermitRevoked
from skykeep.facts.granting import Step
from skykeep.sim.story import Story
from skykeep.sim.town import DELIVERY, MEADOWS
from skykeep.station import credential, officeacts, officecredential, officekeys, qr
from skykeep.station.keys import Keys
from skykeep.station.officeacts import WritingOffice
from skykeep.station.officetext import headline, weighed_lines
from skykeep.station.replay import replay
from skykeep.station.run import Done, Watching, run
from skykeep.station.seen import seen
from skykeep.station.settings import Settings
from skykeep.station.simulated import LaidOut, lay_out, story
from skykeep.station.store import Store
from skykeep.station.terminal import STYLES, hanging
from skykeep.station.verify import check
from skykeep.station.verifytext import lines as verify_lines
from skykeep.views.clauses import sentence
from skykeep.views.picture import fold

STORY_SEED = 1
STORY_START_NS = 1_780_000_000_000_000_000  # 28 May 2026, 20:26:40 UTC
REVOKED_NS = 90_000_000_000  # after the start: the parcel drone is in the air
HOUR_NS = 3_600_000_000_000
S = 1_000_000_000
TICK_NS = Settings().tick_ms * 1_000_000
MARK = "demo-permit.txt"
FLOWN_BY = "delivery"  # its name in the story


@dataclasses.dataclass(frozen=True, slots=True)
class Flown:
    """What the watch said of the parcel drone in one run, in the permit-only zone."""

    record: Path
    done: Done
    verdicts: list[tuple[int, VerdictReached]]  # (end of the tick, verdict), in the order told
    revoked_tick_ns: int | None  # end of the tick that holds the revocation


def play(output: Path, console: Console | None = None) -> list[Flown]:
    """Play the demo into a directory; raises Corrupt if anything that must hold does not. Returns the three flights."""
    console = console or Console(highlight=False)
    console.width = min(console.width, 110)
    _empty(output)
    told = story(STORY_SEED, STORY_START_NS)
    (output / "town").mkdir()
    stage = _Stage(output, console, told, _without_delivery(lay_out(told, output / "town")), Keys(output / "keys"))
    return stage.play()


def _empty(output: Path) -> None:
    """Make an empty directory; only one that an earlier demo made is ever emptied."""
    if output.exists() and any(output.iterdir()):
        if not (output / MARK).exists():
            raise Refused(f"{output} is not empty and was not made by this demo: name another place with -o")
        shutil.rmtree(output)
    output.mkdir(parents=True, exist_ok=True)
    (output / MARK).write_text("Made by `skykeep permit demo`, which empties this directory when it runs again.\n")


def _permits(laid_out: LaidOut) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(laid_out.permits.read_bytes())["permits"]
    return found


def _without_delivery(laid_out: LaidOut) -> LaidOut:
    """Take the parcel drone's permit out of the town's permit file: here it has to apply for one."""
    others = [one for one in _permits(laid_out) if one["id"] != DELIVERY]
    asked = next(one for one in _permits(laid_out) if one["id"] == DELIVERY)
    keys = ("holder", "aircraft", "operators", "volumes")
    application = {key: asked[key] for key in keys} | {"purpose": "delivery", "mode": "vlos", "zones": [MEADOWS]}
    laid_out.permits.write_text(json.dumps({"permits": others}, indent=1), "utf-8")
    laid_out.permits.with_name("application.json").write_text(
        json.dumps({"application": application}, indent=1), "utf-8"
    )
    return laid_out


def _must(holds: object, what: str) -> None:
    """Fail loudly: the demo claims nothing that it did not check."""
    if not holds:
        raise Corrupt(f"the demo of permits: {what}")


@dataclasses.dataclass(slots=True)
class _Stage:
    output: Path
    console: Console
    told: Story
    laid_out: LaidOut
    keys: Keys

    def play(self) -> list[Flown]:
        flights = [self._ban()]
        vkey = self._office()
        permit_id = self._apply()
        self._two_officers(permit_id)
        text = self._code(permit_id, vkey)
        flights.append(self._permitted())
        flights.append(self._revoked(permit_id, text, vkey))
        self._proofs(flights[-1], vkey)
        return flights

    # ---- the acts -----------------------------------------------------------------------------------------

    def _ban(self) -> Flown:
        self._title(
            "1 · THE BAN",
            "Everything here is SIMULATED. An invented authority closes the air over the River Meadows: by permit "
            "only. A parcel drone flies there without one, and the watch hears its Remote ID.",
        )
        flown = self._fly("banned", ())
        self._tell(flown)
        last = flown.verdicts[-1][1]
        _must(_answer(last) == (Verdict.NOT_PERMITTED, "no_permit"), f"without a permit the answer is {last.clause}")
        _must(
            all(one.verdict is not Verdict.PERMITTED for _, one in flown.verdicts), "it was permitted without a permit"
        )
        return flown

    def _office(self) -> str:
        authority = _permits(self.laid_out)[0]["issuer"]
        vkey = officeacts.found(
            self.output / "office", self.keys, STORY_START_NS - 48 * HOUR_NS, name="town-office", authority=authority
        )
        with self._acting(-47 * HOUR_NS) as office:
            for name in ("anna", "boris"):
                signer = officekeys.make(self.output / f"{name}.key", f"{name}.officer")
                office.enrol(signer.verifier.vkey, authority)
            office.publish([self.laid_out.zones])
        officekeys.make(self.output / "applicant.key", "parcel.trial")
        return vkey

    def _apply(self) -> str:
        self._title(
            "2 · THE APPLICATION",
            "The operator applies, with a key of its own. The office answers at once what the law says; that decides "
            "nothing yet.",
        )
        document = (self.output / "town" / "application.json").read_bytes()
        with self._acting(-24 * HOUR_NS) as office:
            received = office.apply(document, signer=officekeys.load(self.output / "applicant.key"))
        self._lines([headline(received.case), *weighed_lines(received.weighed)])
        _must([zone.zone_id for zone in received.weighed.zones] == [MEADOWS], "it crosses other zones than the Meadows")
        _must(received.weighed.free_of_conflict, "another permit stands against it")
        return received.case.permit_id

    def _two_officers(self, permit_id: str) -> None:
        self._title(
            "3 · TWO OFFICERS", "One officer recommends. The same officer cannot also grant; a second one does."
        )
        anna, boris = (officekeys.load(self.output / f"{name}.key") for name in ("anna", "boris"))
        with self._acting(-12 * HOUR_NS) as office:
            case = office.step(permit_id, Step.RECOMMEND, signer=anna, reason="Crew and drone are known")
            self._lines([f"Anna signs. {headline(case)}"])
            try:
                office.step(permit_id, Step.GRANT, signer=anna, reason="I am in a hurry")
            except Refused as error:
                self._lines([f"Anna signs once more. Refused: {error}"])
            _must(office.case(permit_id).granted is None, "one officer granted a permit alone")
            case = office.step(permit_id, Step.GRANT, signer=boris, reason="Helipad is closed that evening")
            self._lines([f"Boris signs. {headline(case)}"])
            _must(case.granted is not None, "two officers did not grant it")

    def _code(self, permit_id: str, vkey: str) -> str:
        self._title(
            "4 · THE CODE",
            "The permit as a QR code, signed by the office: who, where, when. Anybody with the office's key can check "
            "it without a network.",
        )
        with self._acting(-11 * HOUR_NS) as office:
            text = officecredential.text(office, office.case(permit_id), self.keys)
        code = qr.make(text)
        for line in qr.terminal(text):
            self.console.print(Text(line, style="black on bright_white"), soft_wrap=True)
        (self.output / "credential.txt").write_text(f"{text}\n", "ascii")
        qr.write(self.output / "credential.png", qr.png(code))
        qr.write(self.output / "credential.svg", qr.svg(code))
        self._lines([qr.describe(code), f"{len(credential.to_bytes(text))} bytes; credential.png and .svg for print"])
        checked = self._check(text, vkey, 60 * S)
        self._lines(
            [checked.sentence, *(credential.in_words(checked.claims) if checked.claims else []), credential.COPIED]
        )
        _must(checked.holds, f"the code does not verify: {checked.sentence}")
        data = bytearray(credential.to_bytes(text))
        data[len(data) // 2] ^= 1
        changed = self._check(credential.to_text(bytes(data)), vkey, 60 * S)
        self._lines([f"One bit of it changed: {changed.sentence}"])
        _must(not changed.holds and changed.claims is None, "a changed code was believed")
        return text

    def _permitted(self) -> Flown:
        self._title("5 · THE FLIGHT", "The same flight again, and now the watch knows the office's permits.")
        flown = self._fly("permitted", (self.output / "office",))
        self._tell(flown)
        last = flown.verdicts[-1][1]
        _must(_answer(last) == (Verdict.PERMITTED, "permitted"), f"with its permit the answer is {last.clause}")
        return flown

    def _revoked(self, permit_id: str, text: str, vkey: str) -> Flown:
        self._title(
            "6 · TAKEN BACK",
            "A rescue helicopter is on its way. One officer takes the permit back, one minute and a half into the "
            "story.",
        )
        with self._acting(REVOKED_NS) as office:
            anna = officekeys.load(self.output / "anna.key")
            case = office.step(permit_id, Step.REVOKE, signer=anna, reason="A rescue helicopter is on its way")
        self._lines([f"Anna signs at {credential.moment((STORY_START_NS + REVOKED_NS) // S)}. {headline(case)}"])
        flown = self._fly("revoked", (self.output / "office",))
        self._tell(flown)
        self._must_follow_the_revocation(flown)
        checked = self._check(text, vkey, REVOKED_NS + 30 * S)
        self._lines([f"The code, with the office's new list: {checked.sentence}"])
        _must(not checked.holds and "withdrawn" in checked.why, f"a withdrawn code says: {checked.sentence}")
        return flown

    def _must_follow_the_revocation(self, flown: Flown) -> None:
        """Check that the flight was PERMITTED up to the revocation, and NOT_PERMITTED by it from the next tick on."""
        acted_ns = STORY_START_NS + REVOKED_NS
        before = [one for tick_ns, one in flown.verdicts if tick_ns <= acted_ns]
        after = [(tick_ns, one) for tick_ns, one in flown.verdicts if tick_ns > acted_ns]
        _must(bool(before) and _answer(before[-1]) == (Verdict.PERMITTED, "permitted"), "it was not permitted before")
        _must(bool(after), "nothing was said after the revocation")
        tick_ns, first = after[0]
        _must(_answer(first) == (Verdict.NOT_PERMITTED, "permit_revoked"), f"the next answer is {first.clause}")
        _must(tick_ns == flown.revoked_tick_ns, "it was not said in the tick in which the revocation became law")
        _must(0 < tick_ns - acted_ns <= TICK_NS, "it was said later than in the next tick")
        acted_s, ended_s = REVOKED_NS / S, (tick_ns - STORY_START_NS) / S
        words = f"Revoked {acted_s:.1f} s into the story; the tick that ends at {ended_s:.1f} s says NOT PERMITTED, by "
        self._lines([f"{words}that clause. Nothing before it was changed."])

    def _proofs(self, flown: Flown, vkey: str) -> None:
        self._title("7 · PROOF", "Both records verify, and the watch's verdicts can be computed again by anybody.")
        for record, key in ((self.output / "office", vkey), (flown.record, flown.done.vkey)):
            self._lines([f"verify {record.name}: {verify_lines(check(record, key))[0]}"])
        found = replay(flown.record)
        _must(found.identical, "the replay is not identical")
        self._lines([f"replay {flown.record.name}: identical sha256:{found.sha256}"])
        self.console.print("\nNot certified; a person decides, and signs for it.")

    # ---- how ----------------------------------------------------------------------------------------------

    def _acting(self, after_start_ns: int) -> AbstractContextManager[WritingOffice]:
        return officeacts.writing(self.output / "office", self.keys, STORY_START_NS + after_start_ns)

    def _check(self, text: str, vkey: str, after_start_ns: int) -> credential.Checked:
        """Check a code with a status list that the office made half a minute before."""
        at_ns = STORY_START_NS + after_start_ns
        with self._acting(after_start_ns - 30 * S) as office:
            status = officecredential.status(office, at_ns - 30 * S, self.keys)
        return credential.verify(text, vkey, at_ns // S, status=status)

    def _fly(self, name: str, offices: tuple[Path, ...]) -> Flown:
        job = dataclasses.replace(self.laid_out.job(self.output / name, record_id=name), offices=offices)
        done = run(job, self.keys, Watching())
        with Store.open(job.record, read_only=True) as store:
            ticks = list(seen(store))
        picture = fold(ticks)
        transmitters = next(role.transmitters for role in self.told.cast if role.name == FLOWN_BY)
        own = [
            track.track_id
            for track in picture.lives()
            if {picture.name(known.transmitter) for known in picture.whole(track).identities}.intersection(transmitters)
        ]
        verdicts = [
            (tick.now_ns, fact)
            for tick in ticks
            for fact in tick.concluded
            if isinstance(fact, VerdictReached) and fact.track_id in own and fact.zone_id == MEADOWS
        ]
        revoked = [tick.now_ns for tick in ticks if any(isinstance(fact, PermitRevoked) for fact in tick.facts)]
        return Flown(job.record, done, _changes(verdicts), revoked[0] if revoked else None)

    def _title(self, title: str, text: str) -> None:
        self.console.print()
        self.console.rule(f"[bold]{title}[/bold]", align="left")
        self.console.print(text + "\n")

    def _lines(self, lines: list[str]) -> None:
        for line in lines:
            self.console.print(*hanging(Text(line), self.console, "  "), sep="\n")

    def _tell(self, flown: Flown) -> None:
        for tick_ns, verdict in flown.verdicts:
            said = verdict.verdict.value.replace("_", " ").upper()
            seconds = (tick_ns - STORY_START_NS) / S
            words = f"{seconds:6.1f} s  {said}: {sentence(verdict, 'River Meadows (invented)')}"
            styled = Text(words, style=STYLES[verdict.verdict.value])
            self.console.print(*hanging(styled, self.console, "  SIMULATED "), sep="\n")


def _answer(verdict: VerdictReached) -> tuple[Verdict, str]:
    return verdict.verdict, verdict.clause


def _changes(verdicts: list[tuple[int, VerdictReached]]) -> list[tuple[int, VerdictReached]]:
    """Return the verdicts that say something else than the one before them."""
    return [
        each
        for number, each in enumerate(verdicts)
        if number == 0 or _answer(verdicts[number - 1][1]) != _answer(each[1])
    ]
