"""The device's modules in a real browser, beside the server's own code: the same bytes, chains, signatures."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ledger.devices import recorder
from safepassage.ledger.envelope import NotAnEventError, decode, digest, event_id, reference
from safepassage.ledger.recording import MOST_BYTES, MOST_EVENTS
from safepassage.ledger.signing import batch_is_signed
from safepassage.ledger.vocabulary import TYPES, Batch, Consented, Payload, Reasoned
from server.browser.phone_server import PhoneServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneServer]:
    """Lend one server for all: nothing here changes it."""
    one = PhoneServer(tmp_path_factory.mktemp("server"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def shared(chromium: Browser, server: PhoneServer) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{server.address}/blank")
    yield page
    context.close()


@pytest.fixture
def page(shared: Page) -> Page:
    """Lend one page for all: modules keep nothing."""
    return shared


pytestmark = pytest.mark.no_cover

ENCODE = """async (lines) => {
  const { decode, encode, reference } = await import("/static/device/event.js");
  return lines.map((line) => {
    const text = encode(JSON.parse(line));
    decode(text);
    return [text, reference(text)];
  });
}"""

REFUSALS = """async (lines) => {
  const { decode } = await import("/static/device/event.js");
  return lines.map((line) => {
    try { decode(line); return "taken"; } catch (error) { return error.name; }
  });
}"""

REPLAY = """async ([device, script]) => {
  const { Recorder } = await import("/static/device/recorder.js");
  let now;
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const recorder = new Recorder(device, { look: () => now.look }, () => bytes(now.random));
  const made = [];
  for (const step of script) {
    if (step.learn) { recorder.take(step.learn); continue; }
    if (step.acknowledged) { recorder.acknowledged(step.acknowledged); continue; }
    now = step;
    const text = recorder.make(step.type, step.said);
    recorder.take(text);
    made.push(text);
  }
  return [made, [...recorder.outbox()], recorder.unsent];
}"""

CHARACTERS = (
    "aZ09 \"\\/'<&>\b\f\n\r\t\x00\x01\x1f\x7f\x80\u00a0\u2028\u2029\ufeff\ufffe\uffff\u200f\u202e"
    "أحمدءئۀ١٢é漢🚍👩🏽\u200d🦽\U0010ffff"
)


def text(rng: random.Random, most: int = 40) -> str:
    return "".join(rng.choice(CHARACTERS) for _ in range(rng.randrange(most)))


def value(rng: random.Random, depth: int) -> Any:
    """Return something that a payload may say."""
    kind = rng.randrange(8 if depth else 6)
    if kind < 2:
        return text(rng)
    if kind < 4:
        return rng.choice([0, 1, -1, 2**53 - 1, 1 - 2**53, rng.randrange(-(2**53) + 1, 2**53), rng.randrange(100)])
    if kind < 6:
        return rng.choice([True, False, None])
    if kind == 6:
        return [value(rng, depth - 1) for _ in range(rng.randrange(4))]
    names = ["10", "9", "02", "2", "a", "B", "_", "__proto__", "constructor", "toString", "", " ", '"', "\x7f", "\n"]
    return {rng.choice(names) + rng.choice(["", "x"]): value(rng, depth - 1) for _ in range(rng.randrange(6))}


def event(rng: random.Random) -> dict[str, Any]:
    """Return an event's fields; nothing is understood by them, all is to be written the same."""
    payload = {str(index): value(rng, 4) for index in range(rng.randrange(12))}
    return {
        "wall_ms": rng.choice([rng.randrange(2**48), -rng.randrange(2**53), 2**53 - 1]),
        "type": text(rng, 10) or "x",
        "subject": text(rng, 60),
        "vehicle": text(rng),
        "site": text(rng),
        "actor": text(rng),
        "payload": payload,
        "boot": text(rng),
        "monotonic_ms": rng.randrange(2**53),
        "version": rng.randrange(1, 1_000_001),
        "sequence": rng.randrange(1, 2**53),
        "previous": rng.choice(["", rng.randbytes(32).hex()]),
        "basis": [rng.randbytes(32).hex() for _ in range(rng.randrange(5))],
        "device": text(rng) or "D",
        "id": event_id(rng.randrange(2**48), rng.randbytes(10)),
    }


def test_events_are_written_byte_for_byte_as_the_server_reads_them(page: Page) -> None:
    rng = random.Random(7)
    events = [event(rng) for _ in range(3000)]
    made = page.evaluate(ENCODE, [json.dumps(one) for one in events])

    assert len(made) == 3000
    for one, (line, name) in zip(events, made, strict=True):
        data = line.encode()
        read = decode(data)  # refuses what is not canonical
        assert {field: getattr(read, field) for field in one} == one | {"basis": tuple(one["basis"])}
        assert reference(digest(data)) == name


def test_both_refuse_the_same(page: Page) -> None:
    plain = event(random.Random(1)) | {"payload": {"a": 1}, "subject": "P001", "vehicle": "", "site": ""}

    def line(**changed: Any) -> str:
        return json.dumps(plain | changed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    deep: Any = 1
    for _ in range(8):
        deep = [deep]
    lines = [
        line(), line(subject="🚍" * 64), line(payload={"a": deep[0]}),
        # from here on all are wrong
        line(subject="🚍" * 65), line(payload={"a": deep}), line(payload={"a": 2**53}), line(payload={"a": -(2**53)}),
        line(payload={"a": 1.5}), line(payload={"é": 1}), line(extra=1), line(sequence=0), line(sequence=True),
        line(previous="A" * 64), line(basis=["0" * 63]), line(basis=["0" * 64] * 65), line(device=""), line(id="short"),
        line(payload=[1]), line(payload=None), line(payload={"a": "x" * 17000}), line(version=0), line(monotonic_ms=-1),
        line() + " ", line().replace('"a":1', '"a":1.0'), line().replace('"a":1', '"a":1e0'), line()[:-1], "[]", "null",
        line().replace('"a":1', '"a":1,"a":1'), line().replace('"a":1', '"a":-0'), line().replace("P001", "\\u0050001"),
    ]  # fmt: skip

    def here(one: str) -> str:
        try:
            decode(one.encode())
        except NotAnEventError:
            return "NotAnEventError"
        return "taken"

    assert [here(one) for one in lines] == ["taken"] * 3 + ["NotAnEventError"] * (len(lines) - 3)
    assert page.evaluate(REFUSALS, lines) == [here(one) for one in lines]


def test_half_a_character_is_no_text(page: Page) -> None:
    done = page.evaluate(
        """async () => {
          const { canonical } = await import("/static/device/canonical.js");
          return ["a\\ud800", "\\udc00b", "\\ud83d\\ude8d"].map((one) => {
            try { return canonical(one); } catch (error) { return error.name; }
          });
        }"""
    )
    assert done == ["NotAnEventError", "NotAnEventError", '"🚍"']


def test_the_vocabulary_is_the_servers(page: Page) -> None:
    known = page.evaluate('async () => (await import("/static/device/vocabulary.js")).TYPES')
    assert known == {name: {"subject": kind.subject, "version": kind.version} for name, kind in TYPES.items()}


@pytest.mark.parametrize("seed", range(6))
def test_the_same_history_gives_the_same_events(page: Page, seed: int) -> None:
    """Both recorders go through one history: their own events, others' in any order and again, acknowledgements."""
    rng = random.Random(seed)
    here = recorder("D1", seed)
    others = [recorder(f"D{number}", seed) for number in range(2, 5)]
    people = [f"P{number:03}" for number in range(1, 6)]
    pool: list[bytes] = []
    script: list[dict[str, Any]] = []
    made: list[str] = []
    for _ in range(400):
        kind = rng.randrange(10)
        if kind < 4:
            other = rng.choice(others)
            for data in rng.sample(pool, min(len(pool), rng.randrange(4))):
                other.learn(data)
            pool.append(other.record("seen", subject=rng.choice(people)))
        elif kind < 7 and pool:
            data = rng.choice(pool)
            here.learn(data)
            script.append({"learn": data.decode()})
        elif kind == 9 and here.sequence and rng.random() < 0.3:
            number = rng.randrange(1, here.sequence + 1)
            here.acknowledged(number)
            script.append({"acknowledged": number})
        else:
            type_, payload = rng.choice(
                [("boarded", Payload()), ("missing", Reasoned(reason="نزل")), ("consented", Consented(manner="proxy"))]
            )
            data = here.record(type_, subject=rng.choice(people), vehicle="B1", site="S1", actor="N1", payload=payload)
            made.append(data.decode())
            script.append(step(data))

    again, outbox, unsent = page.evaluate(REPLAY, ["D1", script])

    assert again == made
    assert max(len(decode(line.encode()).basis) for line in made) > 1
    mine = list(here.outbox())
    assert unsent == sum(len(parcel.events) for parcel in mine)
    assert outbox == [
        {"sequence": one.batch.sequence, "digest": one.batch.digest, "events": [data.decode() for data in one.events]}
        for one in mine
    ]


def step(data: bytes) -> dict[str, Any]:
    """Return what a recorder is to be told, and what its clocks and dice show, to make this event."""
    made = decode(data)
    look = {name: getattr(made, name) for name in ("boot", "wall_ms", "monotonic_ms")}
    said = {name: getattr(made, name) for name in ("subject", "vehicle", "site", "actor", "payload")}
    return {"type": made.type, "said": said, "look": look, "random": made.id.replace("-", "")[12:]}


def test_parcels_are_of_the_same_size(page: Page) -> None:
    here = recorder("D1")
    payload = Reasoned(reason="x" * 60)
    for index in range(MOST_EVENTS * 2 + 3):
        here.record("declined", subject=f"P{index}" + "🚍" * 50, site="🚍" * 64, actor="🚍" * 64, payload=payload)
    events = [data for parcel in here.outbox() for data in parcel.events]
    _, outbox, _ = page.evaluate(REPLAY, ["D1", [step(data) for data in events]])
    assert [len(one["events"]) for one in outbox] == [len(parcel.events) for parcel in here.outbox()]
    assert len(outbox) == 3
    assert all(sum(len(line.encode()) for line in one["events"]) <= MOST_BYTES for one in outbox)


def test_what_is_no_event_is_not_recorded(page: Page) -> None:
    tried = page.evaluate(
        """async () => {
          const { Recorder } = await import("/static/device/recorder.js");
          const clock = { look: () => ({ boot: "b", wall_ms: 1, monotonic_ms: 1 }) };
          const recorder = new Recorder("D1", clock);
          const tries = [["beamed-up", { subject: "P001" }], ["toString", { subject: "P001" }],
            ["seen", { subject: "" }], ["seen", { subject: "P".repeat(65) }],
            ["declined", { subject: "P001", payload: { reason: 1.5 } }]];
          const said = tries.map(([type, said]) => {
            try { return recorder.make(type, said); } catch (error) { return error.name; }
          });
          return [said, recorder.sequence];
        }"""
    )
    assert tried == [["NotRecordedError"] * 5, 0]


def test_a_fork_of_the_own_chain_is_not_gone_on_from(page: Page) -> None:
    one, copy = recorder("D1"), recorder("D1", seed=1)
    script = [{"learn": one.record("seen", subject="P001").decode()}]
    script.append({"learn": copy.record("seen", subject="P002").decode()})
    with pytest.raises(Exception, match="enrol this device under a new id"):
        page.evaluate(REPLAY, ["D1", script])


SIGN = """async (count) => {
  const { newKey, signBatch } = await import("/static/device/keys.js");
  const key = await newKey();
  const signed = [];
  for (let index = 1; index <= count; index += 1) {
    const digest = "ab".repeat(32);
    signed.push({ device: "D1 أ", sequence: index, digest, signature: await signBatch(key, "D1 أ", index, digest) });
  }
  let extracted = "";
  try { extracted = (await crypto.subtle.exportKey("jwk", key.pair.privateKey)).d; }
  catch (error) { extracted = error.name; }
  return { kind: key.kind, publicKey: key.publicKey, signed, extracted, secure: isSecureContext };
}"""


def test_signatures_of_the_browsers_key_are_good_and_the_key_is_not_given_out(page: Page) -> None:
    done = page.evaluate(SIGN, 20)
    assert (done["kind"], done["secure"], done["extracted"]) == ("browser", True, "InvalidAccessError")
    check_signatures(done)


def test_signatures_on_plain_http_to_another_host_are_good(chromium: Browser, plain_http: str) -> None:
    page = chromium.new_page()
    page.goto(f"{plain_http}/blank")
    done = page.evaluate(SIGN, 20)
    page.close()
    assert (done["kind"], done["secure"], done["extracted"]) == ("library", False, "TypeError")
    check_signatures(done)


def check_signatures(done: dict[str, Any]) -> None:
    batches = [Batch(**one) for one in done["signed"]]
    assert all(batch_is_signed(done["publicKey"], batch) for batch in batches)
    changed = [Batch(**(one | {"sequence": one["sequence"] + 1})) for one in done["signed"]]
    assert not any(batch_is_signed(done["publicKey"], batch) for batch in changed)


def test_a_clock_that_slept_or_was_set_begins_a_new_boot(page: Page) -> None:
    looks = page.evaluate(
        """async () => {
          const { PageClock } = await import("/static/device/clock.js");
          let wall = 1e12, count = 500.7, boots = 0;
          const clock = new PageClock({ now: () => wall, count: () => count, newBoot: () => `boot-${(boots += 1)}` });
          const looks = [clock.look()];
          for (const [byWall, byCount] of [[1000.5, 1000.2], [60000, 59000], [600000, 10], [50, 50], [-3600000, 20]]) {
            wall += byWall; count += byCount;
            looks.push(clock.look());
          }
          return looks.map((look) => [look.boot, look.monotonic_ms]);
        }"""
    )
    assert looks == [["boot-1", 0], ["boot-1", 1000], ["boot-1", 60000], ["boot-2", 0], ["boot-2", 50], ["boot-3", 0]]


def test_event_ids_are_those_of_the_server(page: Page) -> None:
    rng = random.Random(3)
    pairs = [(rng.choice([rng.randrange(2**48), -5, 2**53 - 1, 0]), rng.randbytes(10)) for _ in range(200)]
    made = page.evaluate(
        """async (pairs) => {
          const { eventId } = await import("/static/device/event.js");
          return pairs.map(([wall, bytes]) => eventId(wall, Uint8Array.from(bytes)));
        }""",
        [[wall, list(randomness)] for wall, randomness in pairs],
    )
    assert made == [event_id(wall, randomness) for wall, randomness in pairs]
