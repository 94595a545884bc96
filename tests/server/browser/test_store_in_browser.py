"""What the phone keeps, and how it hands in: offline, with lost answers, in two tabs, killed, with a full disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as BrowserError

from ledger.devices import recorder
from safepassage.desk import running
from safepassage.ledger.envelope import decode, digest, reference
from safepassage.ledger.recording import Recorder
from server.browser.phone_server import PhoneServer
from server.browser.phones import started

pytestmark = pytest.mark.no_cover

OPEN = """async () => {
  const { Store } = await import("/static/device/store.js");
  const { PageClock } = await import("/static/device/clock.js");
  const { Sync } = await import("/static/device/sync.js");
  const clock = new PageClock();
  window.store = await Store.open(clock);
  window.sync = new Sync(store, clock);
  return store.device;
}"""

SAY = """async (type) => {
  try { return await store.record(type, { subject: "P001", vehicle: "B1", site: "S1", actor: "N1" }); }
  catch (error) { return error.name + ": " + error.message; }
}"""

RECORD = """async ([count, subject]) => {
  const names = [];
  for (let index = 0; index < count; index += 1) {
    names.push((await store.record("seen", { subject: subject ?? `P${index}`, vehicle: "B1", actor: "N1" })).name);
  }
  return names;
}"""

BECOMES = """(state) => new Promise((done) => {
  const look = () => { if (sync.state === state) done(state); };
  sync.watchers.push(look);
  look();
})"""

ONCE = "async () => { try { return await sync.once(); } catch (error) { return error.name; } }"


def begin(page: Page, server: PhoneServer) -> None:
    """Enrol the page's browser as device D1."""
    assert page.evaluate(OPEN) == ""
    server.enrol("D1", page.evaluate("store.prepareKey()"))
    page.evaluate("store.enrol('D1')")


def unsent(page: Page) -> int:
    page.evaluate("store.refresh()")
    return int(page.evaluate("store.unsent"))


@pytest.fixture
def device(page: Page, server: PhoneServer) -> Page:
    """Lend a page whose browser is device D1."""
    begin(page, server)
    return page


def chain_of(texts: list[str], device: str = "D1") -> Recorder:
    """Go through what a phone keeps with the server's own recorder: it refuses a chain with a hole or a fork."""
    here = Recorder(device)
    here.resume(text.encode() for text in texts)
    return here


def test_recorded_offline_and_handed_in_later(device: Page, server: PhoneServer) -> None:
    server.away = True
    names = device.evaluate(RECORD, [30, None])
    assert device.evaluate(ONCE) == "TypeError"
    assert unsent(device) == 30

    server.away = False
    assert device.evaluate(ONCE) == {"sent": 30, "learned": 4}  # how the ledger began, our enrolment, its receipt

    assert unsent(device) == 0
    assert [reference(digest(data)) for data in server.events("D1")] == names
    assert server.keeper.board.person("P7").place == server.keeper.board.person("P8").place
    assert server.keeper.board.person("P7").aboard == "B1"
    reading = json.loads(server.bodies[0])["reading"]
    assert reading["boot"] == decode(server.events("D1")[0]).boot
    assert reading["asked_ms"] <= reading["answered_ms"]
    assert device.evaluate("store.get('checkpoint')")


def test_on_plain_http_the_same(page: Page, plain_http: str, server: PhoneServer) -> None:
    page.goto(f"{plain_http}/blank")
    assert page.evaluate("[isSecureContext, typeof crypto.subtle, typeof navigator.locks]") == [
        False,
        "undefined",
        "undefined",
    ]
    begin(page, server)
    page.evaluate(RECORD, [3, None])
    assert page.evaluate(ONCE)["sent"] == 3
    assert len(server.events("D1")) == 3


def test_a_lost_answer_makes_it_send_again_and_nothing_counts_twice(device: Page, server: PhoneServer) -> None:
    device.evaluate(RECORD, [5, None])
    server.lose_answers = 2

    assert device.evaluate(ONCE) == "TypeError"
    assert (len(server.events("D1")), unsent(device)) == (5, 5)
    assert device.evaluate(ONCE) == "TypeError"
    device.evaluate(RECORD, [2, None])
    assert device.evaluate(ONCE)["sent"] == 7

    assert (len(server.events("D1")), unsent(device)) == (7, 0)
    assert [decode(data).sequence for data in server.events("D1")] == list(range(1, 8))


def test_a_server_that_acknowledges_more_than_was_sent_is_not_believed(device: Page, server: PhoneServer) -> None:
    device.evaluate(RECORD, [2, None])
    device.route(
        "**/api/parcels",
        lambda route: route.fulfill(body=json.dumps({"acknowledged": 900, "checkpoint": ""})),
    )
    device.evaluate(ONCE)
    device.evaluate(RECORD, [1, None])
    assert unsent(device) == 1


@pytest.mark.parametrize("acknowledged", [None, 0, 1])
def test_what_is_not_acknowledged_stays(device: Page, server: PhoneServer, acknowledged: int | None) -> None:
    device.evaluate(RECORD, [2, None])
    device.route(
        "**/api/parcels",
        lambda route: route.fulfill(body=json.dumps({"acknowledged": acknowledged, "checkpoint": ""})),
    )
    assert device.evaluate(ONCE) == "RefusedError"
    assert unsent(device) == 2 - (acknowledged or 0)


def test_a_refusal_is_shown_and_everything_stays(device: Page, server: PhoneServer) -> None:
    page = device
    page.evaluate(RECORD, [2, None])
    page.evaluate("store.put('key', null)")  # as if somebody else's
    page.evaluate("sync._try()")
    assert page.evaluate("[sync.state, sync.error.code]") == ["refused", "not-taken"]
    assert (unsent(page), server.events("D1")) == (2, [])


def test_a_device_that_may_not_read_the_log_hands_in_all_the_same(device: Page, server: PhoneServer) -> None:
    device.evaluate(RECORD, [2, None])
    device.route("**/api/log*", lambda route: route.fulfill(status=403, json={"code": "not-permitted", "what": "no"}))
    device.evaluate("sync._try()")
    assert device.evaluate("[sync.state, sync.unread.code]") == ["sent", "not-permitted"]
    assert (unsent(device), len(server.events("D1"))) == (0, 2)


def test_pauses_grow_and_never_beyond_half_a_minute(device: Page) -> None:
    pauses = device.evaluate(
        """[0, 1, 2, 5, 7, 50].map((failures) => {
          sync._failures = failures;
          return [sync.pause(0), sync.pause(1)];
        })"""
    )
    assert pauses == [[20000, 20000], [500, 1000], [1000, 2000], [8000, 16000], [15000, 30000], [15000, 30000]]


def test_it_goes_on_by_itself(device: Page, server: PhoneServer) -> None:
    server.away = True
    device.evaluate(RECORD, [3, None])
    device.evaluate("sync.start()")
    device.evaluate(BECOMES, "away")
    assert device.evaluate("sync._failures") == 1
    server.away = False
    device.evaluate("window.dispatchEvent(new Event('online'))")
    device.evaluate(BECOMES, "sent")
    assert unsent(device) == 0
    assert len(server.events("D1")) == 3


def test_others_events_are_learnt_and_named_in_the_basis(
    device: Page, server: PhoneServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MOST_READ", 3)
    for _ in range(4):
        server.record("seen", subject="P900", site="S1")
    server.record("seen", subject="P001", site="S1")
    assert device.evaluate(ONCE)["learned"] == 4 + 4
    name = reference(digest(next(iter(server.keeper.store.read(len(server.keeper.store) - 1)))))
    device.evaluate(SAY, "boarded")
    assert list(decode(device.evaluate("store.texts()")[-1].encode()).basis) == [name]
    assert device.evaluate(ONCE)["learned"] == 1  # the server's note that it has taken ours in
    assert device.evaluate(ONCE)["learned"] == 0


def test_a_reload_in_mid_outbox_loses_nothing(device: Page, server: PhoneServer) -> None:
    server.record("seen", subject="P3", site="S1")
    device.evaluate(ONCE)
    device.evaluate(RECORD, [10, "P3"])
    server.lose_answers = 1
    device.evaluate(ONCE)
    device.evaluate("void store.record('seen', { subject: 'P3' })")
    device.reload()

    assert device.evaluate(OPEN) == "D1"
    device.evaluate(RECORD, [5, "P3"])
    texts = device.evaluate("store.texts()")
    here = chain_of(texts)
    assert unsent(device) in (15, 16)
    assert here.sequence == unsent(device)
    assert device.evaluate(ONCE)["sent"] == here.sequence
    assert len(server.events("D1")) == here.sequence


def test_after_a_reload_the_basis_is_the_same(device: Page, server: PhoneServer) -> None:
    """The recorder that is made anew from what was kept goes on exactly as the one that was there."""
    others = [recorder(f"D{number}") for number in (2, 3, 4)]
    for index in range(12):
        text = others[index % 3].record("seen", subject="P001").decode()
        device.evaluate("([text, next]) => store.learn([text, text], next)", [text, index])
        device.evaluate(SAY, "boarded") if index % 4 == 3 else None
    device.reload()
    device.evaluate(OPEN)
    device.evaluate(SAY, "alighted")

    texts = device.evaluate("store.texts()")
    here = Recorder("D1")
    here.resume(text.encode() for text in texts[:-1])
    expected = decode(here.record("alighted", subject="P001"))
    last = decode(texts[-1].encode())
    assert len(texts) == 16
    assert (last.sequence, last.previous, last.basis) == (expected.sequence, expected.previous, expected.basis)


def test_two_tabs_are_one_device(phone: BrowserContext, device: Page, server: PhoneServer) -> None:
    other = phone.new_page()
    other.goto(f"{server.address}/blank")
    assert other.evaluate(OPEN) == "D1"
    first = device.evaluate(
        """async () => {
          window.going = (async () => { while (!window.stop) await store.record("seen", { subject: "P1" }); })();
          return store.record("seen", { subject: "P1" });
        }"""
    )
    other.evaluate(RECORD, [40, "P1"])
    other.evaluate(
        "async () => { await Promise.all(Array.from({ length: 20 }, () => store.record('seen', { subject: 'P2' }))); }"
    )
    last = device.evaluate(SAY, "boarded")
    device.evaluate("async () => { window.stop = true; await window.going; }")

    texts = other.evaluate("store.texts()")
    count = chain_of(texts).sequence
    boots = [decode(text.encode()).boot for text in texts]
    assert boots.count(first["event"]["boot"]) == boots.count(last["event"]["boot"]) == count - 60
    assert first["event"]["sequence"] <= boots.index(next(boot for boot in boots if boot != boots[0]))
    assert last["event"]["sequence"] > 61
    assert (unsent(device), unsent(other)) == (count, count)
    assert device.evaluate(ONCE)["sent"] == count
    assert unsent(other) == 0


def test_the_database_itself_refuses_a_number_twice(device: Page) -> None:
    device.evaluate(SAY, "seen")
    refused = device.evaluate(
        """() => new Promise((done) => {
          const events = store._database.transaction("events", "readwrite").objectStore("events");
          const asked = events.add({ name: "another", text: "", own: 1 });
          asked.onerror = () => done(asked.error.name);
          asked.onsuccess = () => done("kept");
        })"""
    )
    assert refused == "ConstraintError"


def test_another_device_is_not_made_of_this_one(device: Page) -> None:
    with pytest.raises(BrowserError, match="D1 already"):
        device.evaluate("store.enrol('D2')")
    device.evaluate(SAY, "seen")
    assert decode(device.evaluate("store.texts()")[0].encode()).device == "D1"
    key = device.evaluate("store.prepareKey()")
    assert key == device.evaluate("store.prepareKey()")


def test_full_storage_says_so_and_loses_nothing(page: Page, server: PhoneServer) -> None:
    """Record until the browser has no room; what was said to be kept is kept, and with room again it goes on."""
    session = page.context.new_cdp_session(page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": server.address, "quotaSize": 1_000_000})
    begin(page, server)
    names, said = page.evaluate(
        """async () => {
          const names = [];
          while (names.length < 1000) {
            const reason = Array.from(crypto.getRandomValues(new Uint8Array(6000)), (one) => one.toString(36)).join("");
            try { names.push((await store.record("declined", { subject: "P001", payload: { reason } })).name); }
            catch (error) { return [names, `${error.name}: ${error.message}`]; }
          }
          return [names, "never full"];
        }"""
    )
    assert said == "NotKeptError: not on the disk: QuotaExceededError"
    assert len(names) > 20
    assert [reference(digest(text.encode())) for text in page.evaluate("store.texts()")] == names
    assert unsent(page) == len(names)

    session.send("Storage.overrideQuotaForOrigin", {"origin": server.address})
    after = page.evaluate(SAY, "boarded")
    page.evaluate(ONCE)
    assert [reference(digest(data)) for data in server.events("D1")] == [*names, after["name"]]


def test_a_closed_database_keeps_nothing_and_says_so(device: Page) -> None:
    device.evaluate("store.close()")
    assert device.evaluate(SAY, "boarded").startswith("NotKeptError")


def test_killed_in_mid_save_nothing_that_was_kept_is_lost(
    tmp_path: Path, server: PhoneServer, chromium: Browser
) -> None:
    """Every event that the page says is kept is told to the server at once; then the plug is pulled, three times."""
    names: list[str] = []
    for after in (1, 7, 23):
        server.told.clear()
        with started(chromium, tmp_path) as phone:
            page = phone.page(f"{server.address}/blank")
            if not names:
                begin(page, server)
            else:
                names = kept_after_a_kill(page, names)
            page.evaluate(
                """() => {
                  const go = async () => {
                    for (let index = 0; ; index += 1) {
                      const { name } = await store.record("seen", { subject: `P${index % 50}`, actor: "N1" });
                      await fetch("/api/told", { method: "POST", body: JSON.stringify(name) });
                    }
                  };
                  void go();
                }"""
            )
            server.wait_told(after)
            phone.kill()
        assert len(server.told) >= after
        names += server.told

    with started(chromium, tmp_path) as phone:
        page = phone.page(f"{server.address}/blank")
        names = kept_after_a_kill(page, names)
        page.evaluate(RECORD, [2, None])
        assert chain_of(page.evaluate("store.texts()")).sequence == len(names) + 2
        assert page.evaluate(ONCE)["sent"] == len(names) + 2
    assert len(server.events("D1")) == len(names) + 2


def kept_after_a_kill(page: Page, told: list[str]) -> list[str]:
    """Open what a phone kept: all that it said was kept, and at most one event beyond that."""
    assert page.evaluate(OPEN) == "D1"
    names = [reference(digest(text.encode())) for text in page.evaluate("store.texts()")]
    assert names[: len(told)] == told
    assert len(names) - len(told) in (0, 1)
    return names
