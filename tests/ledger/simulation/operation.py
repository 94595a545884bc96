"""One simulated operation, from the first registration until everybody is online and nothing more moves."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from msgspec import Struct

from ledger.simulation.device import Ask, Client, Storage
from ledger.simulation.disks import MemoryDisk, ServerDisk, SqliteDisk
from ledger.simulation.loop import HOUR, MINUTE, SECOND, Loop, VirtualClock
from ledger.simulation.movement import Movement, Observation, Truth, roster, slips
from ledger.simulation.network import CALM, Network, Weather
from ledger.simulation.planting import SORTS, Field, Plant
from ledger.simulation.servers import Link, Server, key_of, signer_of
from safepassage.ledger.envelope import Digest, decode, digest
from safepassage.ledger.recording import Recorder
from safepassage.ledger.signing import device_public_key
from safepassage.ledger.vocabulary import Corrected, Notified, Payload, Resolved

ENROLLING_MS = 30 * MINUTE
"""Devices are handed out where there is a network, and tried."""


class Setting(Struct, frozen=True, kw_only=True):
    """What is simulated. Times in hours; shares of devices.

    `bad_clocks` is the share whose wall clock is up to 12 hours wrong and set in mid-day; `offline_h` the longest time
    without a network; `cuts` how many power cuts each server has on average; at most so many `restored` and
    `cloned` devices come back from an old backup, in place of themselves or beside themselves.
    """

    people: int = 60
    devices: int = 50
    hours: int = 10
    bad_clocks: float = 0.2
    offline_h: int = 12
    reboots: int = 2
    cuts: int = 3
    restored: int = 1
    cloned: int = 1
    by_file: float = 0.0
    looks: int = 2
    headquarters: bool = True
    sqlite: bool = False
    plants: tuple[str, ...] = (
        "two-vehicles", "two-vehicles", "too-far", "too-far", "after-death", "handed-over-elsewhere", "two-choices",
        "one-token",
    )  # fmt: skip
    weather: Weather = Weather()
    resolve: Literal["", "well", "differently"] = "differently"


class Recorded(Struct, frozen=True):
    """What was recorded, and when in truth; by which device, and whether that device has a double."""

    data: bytes
    at_ms: int
    device: str


class Unit:
    """One machine with a device's identity.

    Parameters
    ----------
    world
        Where it is.
    device
        The identity; a copy of it has the same.
    machine
        The machine's own name.
    clock
        Its clocks.
    storage
        What is on its disk.
    """

    def __init__(self, world: World, device: str, machine: str, clock: VirtualClock, storage: Storage) -> None:
        self.world, self.device, self.machine, self.clock, self.storage = world, device, machine, clock, storage
        self.online = True
        self.alive = True
        self._starts = 0
        self.client = self._start()

    def _start(self) -> Client:
        self._starts += 1
        key = key_of(self.device)
        randomness = self.world.loop.chance(f"ids of {self.machine} in boot {self._starts}").randbytes
        recorder = Recorder(
            self.device, signer_of(key), self.clock, randomness, public_key=device_public_key(key)
        )  # fmt: skip
        return Client(recorder, self.storage, self.world.roster[self.device], self._asking())

    def _asking(self) -> Ask:
        """Return what reaches this device's server: over the network, when both ends have one."""
        world, server = self.world, self.world.server_of(self.device)

        def ask(request: object, back: Callable[[object], None]) -> None:
            if not self.online:
                return

            def there() -> None:
                answer = server.answer(request)  # type: ignore[arg-type]
                if answer is not None:
                    world.network.carry(lambda: back(answer) if self.online else None)

            world.network.carry(there)

        return ask  # type: ignore[return-value]

    def synchronise(self) -> None:
        """Let the client that runs now try its server."""
        self.client.synchronise()

    def reboot(self, storage: Storage | None = None) -> None:
        """Begin anew from what is on the disk, or on another."""
        self.client.stop()
        self.world.acknowledged += self.client.accepted
        self.storage = storage or self.storage
        self.clock.reboot()
        self.client = self._start()
        self.world.loop.note(self.machine, "reboot")

    def record(self, one: Observation, **changed: object) -> Digest:
        """Record what was observed."""
        payload = changed.get("payload", one.payload)
        said: Any = {} if payload == Payload() else {"payload": payload}
        data = self.client.record(
            one.type, subject=one.subject, vehicle=one.vehicle, site=one.site, actor=self.machine, **said
        )
        name = digest(data)
        self.world.recorded[name] = Recorded(data, self.world.loop.now_ms, self.device)
        self.world.loop.note(self.machine, one.type, name.hex()[:16])
        return name

    def knows(self, name: Digest | None) -> bool:
        """Tell whether an event is on the device, or another that says the same."""
        if name is None:
            return False
        wanted = _content(self.world.recorded[name].data)
        return any(_content(data) == wanted for data in self.storage.events)


def _content(data: bytes) -> tuple[str, str, str, str]:
    event = decode(data)
    return event.subject, event.type, event.vehicle, event.site


class World:
    """Everything there is.

    Parameters
    ----------
    seed
        Makes all the difference.
    setting
        What is simulated.
    kind
        The servers: real ones, or worse ones that the checks must find out.
    truth
        What happens; drawn where it is not given.
    """

    def __init__(self, seed: int, setting: Setting, *, kind: type[Server] = Server, truth: Truth | None = None) -> None:
        self.setting = setting
        self.loop = Loop(f"{seed}")
        self.network = Network(self.loop, setting.weather)
        self.truth, self.plants = self._day(truth or self._drawn())
        self.roll = self.truth.roll()
        self.roster = roster(self.truth)
        self.names: dict[str, Digest] = {}
        self.recorded: dict[Digest, Recorded] = {}
        self.acknowledged: list[bytes] = []
        self.forked: list[str] = []
        self.quiet = False
        self._looks_at_ms = 0
        self.servers = self._servers(kind)
        self.link = Link(self.servers[1], self.servers[0]) if len(self.servers) > 1 else None
        self.units = self._units()
        self._everyday()

    @property
    def field(self) -> Server:
        """The field server: its clock is the reference."""
        return self.servers[0]

    def server_of(self, device: str) -> Server:
        """Return the server that a device reaches: headquarters is nearer to some of the last posts."""
        far = any(device in self.truth.posts[site] for site in self.truth.geography.destinations)
        return self.servers[-1] if far else self.servers[0]

    def _drawn(self) -> Truth:
        setting, chance = self.setting, self.loop.chance("movement")
        return Movement(chance, people=setting.people, devices=setting.devices, hours=setting.hours).truth

    def _day(self, truth: Truth) -> tuple[Truth, list[Plant]]:
        """Add to what happens what is recorded wrongly."""
        setting, loop = self.setting, self.loop
        slips(truth, loop.chance("slips"), 0.03)
        plants = Field(truth, loop.chance("planting")).sow([sort for sort in setting.plants if sort in SORTS])
        truth.observations.sort(key=lambda one: one.at_ms)
        truth.last_ms = truth.observations[-1].at_ms
        return truth, plants

    def _servers(self, kind: type[Server]) -> list[Server]:
        devices = sorted(device for posts in self.truth.posts.values() for device in posts)
        keys = {device: device_public_key(key_of(device)) for device in devices}
        found: list[Server] = []
        for name in ("field", "headquarters")[: 1 + self.setting.headquarters]:
            chance = self.loop.chance(f"machine {name}")
            clock = VirtualClock(
                self.loop, name, ahead_ms=chance.randint(-HOUR, HOUR), drift_per_million=chance.randint(-100, 100)
            )
            disk: ServerDisk = SqliteDisk(self.loop.chance(f"disk {name}")) if self.setting.sqlite else MemoryDisk()
            server = kind(
                self.loop, self.network, name, disk, clock, roll=self.roll, devices=keys if not found else {},
                first=not found,
            )  # fmt: skip
            found.append(server)
        return found

    def _units(self) -> dict[str, list[Unit]]:
        """Make the devices, some with bad clocks."""
        names = sorted(self.roster)
        bad = set(self.loop.chance("bad clocks").sample(names, round(self.setting.bad_clocks * len(names))))
        units = {}
        for name in names:
            chance = self.loop.chance(f"machine {name}")
            ahead_ms = chance.randint(-12 * HOUR, 12 * HOUR) if name in bad else chance.randint(-20_000, 20_000)
            clock = VirtualClock(self.loop, name, ahead_ms=ahead_ms, drift_per_million=chance.randint(-100, 100))
            units[name] = [Unit(self, name, name, clock, Storage())]
            if name in bad:
                for _ in range(chance.randint(0, 3)):
                    step_ms = chance.randint(-12 * HOUR, 12 * HOUR)
                    self.loop.at(chance.randint(0, self.truth.last_ms), partial(clock.step, step_ms))
        return units

    def _everyday(self) -> None:
        """Put the day into the queue: servers, networks that come and go, reboots, and what people do."""
        for server in self.servers:
            self.loop.at(0, server.start)
            self._hazards_of(server)
        for one in self.truth.observations:
            self.loop.at(one.at_ms, partial(self._observe, one))
        for (unit,) in self.units.values():
            self.loop.at(0, partial(self._enrol, unit))
            self._habits(unit)
        self._copies()
        if self.link:
            self._meet(self.loop.chance("link"))

    def _enrol(self, unit: Unit) -> None:
        """Let a device say that it is there, while it is online: its clock is read before it goes out."""
        said = Notified(what="enrolled")
        unit.record(Observation(at_ms=0, device="", type="acknowledged", subject=unit.device, payload=said))
        for time_ms in range(MINUTE, ENROLLING_MS, 5 * MINUTE):
            self.loop.at(time_ms, unit.synchronise)

    def _hazards_of(self, server: Server) -> None:
        chance = self.loop.chance(f"hazards of {server.name}")
        for _ in range(chance.randint(0, 2 * self.setting.cuts)):
            operations = chance.randint(1, 6)
            self.loop.at(chance.randint(0, self.truth.last_ms), partial(server.disk.plan_cut, operations))
        for _ in range(self.setting.looks):
            self.loop.at(chance.randint(0, self.truth.last_ms), lambda: self._look(server))

    def _look(self, server: Server) -> None:
        """Somebody looks at the board in mid-day: what comes later must not rest on that."""
        state = server.guarded(server.board)
        if state is not None:
            self.loop.note(server.name, "board", state.sha256())

    def _habits(self, unit: Unit) -> None:
        """Let a device try its server every some minutes, lose and find its network, and boot anew."""
        chance = self.loop.chance(f"habits of {unit.machine}")
        every_ms = chance.randint(5, 40) * MINUTE

        def attempt() -> None:
            if unit.alive:
                if unit.online and self.setting.by_file and not self.calm and chance.random() < self.setting.by_file:
                    unit.client.by_file()
                elif unit.online:
                    unit.synchronise()
                self.loop.after(chance.randint(2, 5) * MINUTE if self.calm else every_ms, attempt)

        self.loop.after(chance.randint(0, every_ms), attempt)
        now, online = self.loop.now_ms + ENROLLING_MS, True
        while now < self.truth.last_ms:
            now += chance.randint(MINUTE, (3 if online else self.setting.offline_h) * HOUR)
            online = not online
            self.loop.at(now, partial(self._network_of, unit, online=online))
        for _ in range(chance.randint(0, self.setting.reboots)):
            self.loop.at(chance.randint(self.loop.now_ms, self.truth.last_ms), unit.reboot)

    calm = False

    def _network_of(self, unit: Unit, *, online: bool) -> None:
        unit.online = online or self.calm

    def _meet(self, chance: random.Random) -> None:
        """Let the servers bring each other what they have, now and then."""
        assert self.link is not None
        link = self.link

        def attempt() -> None:
            link.online = self.calm or chance.random() < 0.7
            link.synchronise()
            self.loop.after(5 * MINUTE if self.calm else chance.randint(5, 120) * MINUTE, attempt)

        self.loop.after(MINUTE, attempt)

    def _copies(self) -> None:
        """Bring back some devices from an old backup: in place of themselves, or beside themselves."""
        chance = self.loop.chance("copies")
        restored, cloned = (chance.randint(0, most) for most in (self.setting.restored, self.setting.cloned))
        chosen = chance.sample(sorted(self.units), restored + cloned)
        for number, device in enumerate(chosen):
            backed_up = chance.randint(self.truth.last_ms // 10, self.truth.last_ms // 2)
            comes_back = min(backed_up + chance.randint(HOUR, 6 * HOUR), self.truth.last_ms - MINUTE)
            beside = number >= restored
            self.loop.at(backed_up, partial(self._back_up, device, comes_back, beside=beside))

    def _back_up(self, device: str, comes_back_ms: int, *, beside: bool) -> None:
        unit = self.units[device][0]
        backup = unit.storage.copy()

        def comes_back() -> None:
            self.forked.append(device)
            self.loop.note(device, "copied" if beside else "restored")
            if not beside:
                unit.reboot(backup)
                return
            clock = VirtualClock(self.loop, f"{device}-copy")
            copy = Unit(self, device, f"{device}-copy", clock, backup)
            self.units[device].append(copy)
            self._habits(copy)

        self.loop.at(comes_back_ms, comes_back)

    def _observe(self, one: Observation) -> None:
        """Let an observer record what is before them."""
        units = self.units[one.device]
        unit = units[self.loop.now_ms % len(units)]
        if one.unless_known and unit.knows(self.names.get(one.unless_known)):
            return
        if one.corrects:
            wrong = self.names[one.corrects]
            unit.record(one, payload=Corrected(corrects=(wrong.hex(),), reason="slip"))
            return
        name = unit.record(one)
        if one.name:
            self.names[one.name] = name
        if one.plant >= 0:
            self.plants[one.plant].recorded = True

    def play(self) -> None:
        """Play the day, then the evening: everybody online until nothing more moves; then the resolutions."""
        self.loop.run(self.truth.last_ms + MINUTE)
        self._evening()
        if self.setting.resolve and self.quiet:
            self._resolve()
            self._evening()

    def _evening(self) -> None:
        self.calm = True
        self.network.weather = CALM
        for server in self.servers:
            server.disk.spare()
        for units in self.units.values():
            for unit in units:
                unit.online = True
        self.quiet = False
        self.loop.run(self.loop.now_ms + 12 * HOUR, self._is_quiet)
        self.loop.note("quiet" if self.quiet else "not quiet")

    def _is_quiet(self) -> bool:
        """Tell whether nothing waits anywhere, and both servers have the same."""
        if self.loop.now_ms < self._looks_at_ms:
            return False
        self._looks_at_ms = self.loop.now_ms + 10 * SECOND
        keepers = [server.keeper for server in self.servers]
        if any(unit.client.waiting for units in self.units.values() for unit in units) or None in keepers:
            return False
        if len({len(keeper.tree) for keeper in keepers if keeper}) > 1:
            return False
        self.quiet = len({frozenset(keeper.store.read()) for keeper in keepers if keeper}) == 1
        return self.quiet

    def _resolve(self) -> None:
        """Look into contradictions: one person says how it was; of the last, two say it differently."""
        board = self.field.board()
        assert board is not None
        coordinators = [units[0] for device, units in self.units.items() if device not in self.forked][:2]
        shown = {one.subjects: one for one in board.contradictions if one.kind == "journey"}
        open_ = [plant for plant in self.plants if plant.recorded and plant.persons in shown]
        for number, plant in enumerate(open_):
            contradiction, person = shown[plant.persons], plant.persons[0]
            concerned = (*filter(self._is_about_one, contradiction.events), self.names[plant.name])
            events = {name.hex() for name in concerned}
            told = [recorded.data for recorded in self.recorded.values() if recorded.data.find(person.encode()) >= 0]
            wrong = self.names[plant.name].hex()
            settles = tuple(sorted(events))
            last = self.setting.resolve == "differently" and number == len(open_) - 1
            for coordinator, upholds in zip(coordinators[: 1 + last], (events - {wrong}, {wrong}), strict=False):
                for data in told:
                    coordinator.client.recorder.learn(data)
                said = Resolved(settles=settles, upholds=tuple(sorted(upholds)))
                coordinator.record(Observation(at_ms=0, device="", type="resolved", subject=person), payload=said)
            plant.resolved = "twice" if last else "once"

    def _is_about_one(self, name: Digest) -> bool:
        """Tell whether an event is about one person alone: a hand-over of many is not to be set aside for one."""
        return decode(self.recorded[name].data).type != "handed-over"

    def accepted(self) -> list[bytes]:
        """Return all that any device was told is safe."""
        running = [data for units in self.units.values() for unit in units for data in unit.client.accepted]
        return [*self.acknowledged, *running]

    def end(self) -> None:
        """Throw the disks away."""
        for server in self.servers:
            server.disk.remove()
