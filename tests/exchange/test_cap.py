"""Alerts keep to the schema of the protocol and come back as they were; what is none is refused with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import shapely
import xmlschema
from msgspec.structs import replace

from safepassage.exchange.cap import CIRCLE_CORNERS, Alert, Area, Info, alert_file, read_alert
from safepassage.model.errors import InputError

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("cap_schema.xsd"))
SENT = datetime(2017, 8, 28, 19, 30, tzinfo=timezone(timedelta(hours=3)))
RING = ((37.0, 34.0), (37.5, 34.0), (37.5, 34.5), (37.0, 34.0))
INFO = Info(
    event="Road closed", language="ar", category="Transport", responses=("Avoid",), urgency="Immediate",
    severity="Severe", certainty="Observed", onset=SENT, expires=SENT + timedelta(hours=6), sender_name="Operation",
    headline="الطريق مغلق", description="<b> & ]]>", instruction="انتظروا",
    areas=(Area(description="Desert road", polygons=(RING,), pcodes=("SY0101",)), Area(description="")),
)  # fmt: skip
ALERT = Alert(
    identifier="qara-1", sender="operation@qara.example", sent=SENT,
    infos=(INFO, replace(INFO, language="fr", areas=())),
    scope="Private", addresses=("red crescent", "observers"), references="a,b,2017-08-28T00:00:00-00:00",
)  # fmt: skip


@pytest.mark.parametrize("alert", [ALERT, replace(ALERT, sent=SENT.astimezone(UTC), infos=(), addresses=())])
def test_an_alert_keeps_to_the_schema_and_comes_back(alert: Alert) -> None:
    data = alert_file(alert)
    SCHEMA.validate(data.decode())
    again = read_alert(data)
    areas = [replace(INFO, areas=(INFO.areas[0], Area(description="-"))), replace(INFO, language="fr", areas=())]
    assert again == replace(alert, infos=tuple(areas) if alert.infos else ())


def test_names_lose_what_the_protocol_does_not_allow() -> None:
    data = alert_file(replace(ALERT, identifier="a b,c<d&e", sender="our house"))
    SCHEMA.validate(data.decode())
    assert read_alert(data).identifier == "a-b-c-d-e"


def test_open_rings_are_closed_and_written_lat_first() -> None:
    alert = replace(ALERT, infos=(replace(INFO, areas=(Area(description="x", polygons=(RING[:3],)),)),))
    assert b"<polygon>34.000000,37.000000 34.000000,37.500000 34.500000,37.500000 34.000000,37.000000<" in alert_file(
        alert
    )


def test_the_schema_itself_refuses() -> None:
    broken = alert_file(ALERT).replace(b"<urgency>Immediate</urgency>", b"<urgency>Now</urgency>")
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        SCHEMA.validate(broken.decode())


def foreign(inner: str = "", *, info: str = "") -> bytes:
    """Return an alert as another office writes it."""
    return (
        '<?xml version="1.0"?><cap:alert xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2">'
        "<cap:identifier>X1</cap:identifier>"
        "<cap:sender>met</cap:sender><cap:sent>2017-08-28T10:00:00+03:00</cap:sent><cap:status>Actual</cap:status>"
        f"<cap:msgType>Alert</cap:msgType><cap:scope>Public</cap:scope>{inner}<cap:info><cap:category>Met</cap:category>"
        "<cap:event>Flood</cap:event><cap:urgency>Expected</cap:urgency><cap:severity>Extreme</cap:severity>"
        "<cap:certainty>Likely</cap:certainty><cap:effective>2017-08-28T11:00:00+03:00</cap:effective>"
        f"{info}</cap:info></cap:alert>"
    ).encode()


def area(shape: str) -> str:
    return f"<cap:area><cap:areaDesc>Wadi</cap:areaDesc>{shape}</cap:area>"


def test_a_circle_becomes_a_polygon_that_holds_it() -> None:
    info = read_alert(foreign(info=area("<cap:circle>34.5,37.0 10</cap:circle>"))).infos[0]
    (ring,) = info.areas[0].polygons
    assert len(ring) == CIRCLE_CORNERS + 1
    squeezed = [((lon - 37) * 0.8241, lat - 34.5) for lon, lat in ring]
    assert shapely.Polygon(squeezed).contains(shapely.Point(0, 0).buffer(10 / 111.195 * 0.998))
    assert info.onset is not None
    assert (info.onset.hour, info.expires, info.language) == (11, None, "en-US")


@pytest.mark.parametrize(
    "shape",
    [
        "<cap:polygon>34,37 34,38 35,38</cap:polygon>", "<cap:polygon>34,37 34,38 35,38 35,37</cap:polygon>",
        "<cap:polygon>a,b a,b a,b a,b</cap:polygon>", "<cap:polygon>34 34 34 34</cap:polygon>",
        "<cap:polygon>95,37 34,38 35,38 95,37</cap:polygon>", "<cap:polygon>nan,37 34,38 35,38 nan,37</cap:polygon>",
        "<cap:circle>34,37</cap:circle>", "<cap:circle>34,37 9999</cap:circle>", "<cap:circle>34,37 nan</cap:circle>",
    ],
)  # fmt: skip
def test_places_that_are_none_are_refused(shape: str) -> None:
    with pytest.raises(InputError) as caught:
        read_alert(foreign(info=area(shape)))
    assert caught.value.faults[0].code == "cap-unreadable"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<alert/>", b"not xml", foreign().replace(b"cap:1.2", b"cap:1.1"),
        foreign().replace(b"<cap:scope>Public", b"<cap:scope>All"),
        foreign().replace(b"<cap:sender>met</cap:sender>", b""), foreign().replace(b"10:00:00+03:00", b"10:00:00"),
        foreign().replace(b"Expected", b"Soon"), b'<!DOCTYPE a [<!ENTITY b "c">]><alert>&b;</alert>',
        b'<?xml version="1.0" encoding="rot13"?><alert/>',
        b"<a>" * 40 + b"</a>" * 40, foreign(info=area("<cap:polygon>34,37 34,38 35,38 34,37</cap:polygon>") * 501),
        foreign(f"<cap:note>{'x' * 100_001}</cap:note>"),
    ],
)  # fmt: skip
def test_what_is_no_alert_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="1 fault"):
        read_alert(data, "alert.xml")
