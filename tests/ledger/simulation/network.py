"""A network that loses, repeats, delays and reorders."""

from __future__ import annotations

from msgspec import Struct

from ledger.simulation.loop import MINUTE, Deed, Loop


class Weather(Struct, frozen=True, kw_only=True):
    """How bad the network is: in a hundred messages so many are lost, come twice, or take up to half an hour."""

    lost: int = 10
    twice: int = 10
    slow: int = 5


CALM = Weather(lost=0, twice=0, slow=0)


class Network:
    """Carries messages.

    Parameters
    ----------
    loop
        Time.
    weather
        How bad it is, until somebody sets another.
    """

    def __init__(self, loop: Loop, weather: Weather) -> None:
        self._loop = loop
        self.weather = weather
        self._chance = loop.chance("network")

    def carry(self, deliver: Deed) -> None:
        """Bring a message to its receiver: once, twice or never, and later ones perhaps earlier."""
        draw = self._chance.randrange(100)
        if draw < self.weather.lost:
            return
        twice = draw < self.weather.lost + self.weather.twice
        for _ in range(2 if twice else 1):
            slow = self._chance.randrange(100) < self.weather.slow
            self._loop.after(self._chance.randint(20, 30 * MINUTE if slow else 2000), deliver)
