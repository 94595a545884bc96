"""What anybody may send to any address: found in the pages and in the API's description, bent, and judged.

A new page, form or address is tried without a word here: links and forms are read out of the pages as a browser reads
them, bodies are made from the schemas, and what neither shows is tried with the fields of all the others.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from msgspec import Struct
from starlette.routing import Route

from safepassage.desk.accounts import Accounts, LoginNeededError, Session
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.ledger.vocabulary import TYPES
from server.processes import PASSWORD
from server.talking import Client

COOKIE: Final = "safepassage-session"
NAMES: Final = {"coordinator": "N1", "observer": "N2"}
ENDLESS: Final = frozenset(("/api/stream", "/planning/stream"))
TEXTS: Final = (
    "", " ", "P001", "P002", "S1", "B1", "H001", "T1", "N1", "N2", "coordinator", "observer", "seen", "boarded",
    "0", "1", "-1", "1e9", "NaN", "9" * 40, "0" * 64, "true", "null", "../../etc/passwd", "<script>alert(1)</script>",
    "' or 1=1 --", "{{7*7}}", "%00", "\x00", "\r\nset-cookie: x=y", "\u202e", "\ud800", "مرحبا", "🚌", "é" * 300,
    "x" * 5000, PASSWORD, "2026-02-30", "2026-11-22T10:00", "12:00", "[]", "{}", "=1+1", "http://192.0.2.1/",
    "file:///etc/passwd", "\t", ";",
)  # fmt: skip


class Field(Struct, frozen=True):
    """A field of a form: its name, its kind, and what the page would send."""

    name: str
    kind: str
    values: tuple[str, ...]


class Form(Struct, frozen=True):
    """A form of a page: where it goes, how, and its fields."""

    action: str
    method: str
    enctype: str
    fields: tuple[Field, ...]


class Call(Struct, frozen=True, kw_only=True):
    """A request: who sends it, how, and what."""

    who: str
    method: str
    path: str
    headers: dict[str, bytes] = {}
    content: bytes = b""


class _Reader(HTMLParser):
    """Reads links and forms out of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[dict[str, str], list[Field]]] = []
        self._inside = False
        self._select: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "form":
            self.forms.append((given, []))
            self._inside = True
        elif tag == "option" and self._select:
            self._select[1].append(given.get("value", ""))
        elif tag == "select":
            self._select = (given.get("name", ""), [])
        elif tag in ("input", "textarea", "button") and self._inside and given.get("name"):
            field = Field(given["name"], given.get("type", tag), (given.get("value", ""),))
            self.forms[-1][1].append(field)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select" and self._select and self._inside:
            self.forms[-1][1].append(Field(self._select[0], "select", tuple(self._select[1])))
            self._select = None


class Fuzzed:
    """A server in this process, what it takes, and who may send it.

    Parameters
    ----------
    client
        Of the server; nobody is logged in to it.
    running, accounts
        Its ledger and people; the accounts are made here.
    """

    def __init__(self, client: Client, running: Running, accounts: Accounts) -> None:
        self.client, self.running, self.accounts = client, running, accounts
        accounts._do("pragma synchronous = off")  # many come and go; nobody needs them tomorrow
        self.answered: Counter[str] = Counter()
        self.seen: set[tuple[str, str]] = set()
        self._sessions: dict[str, Session] = {}
        self._make_accounts()
        self.description = json.loads(client.get("/openapi.json").content)
        self.forms, self.pages = self._crawl()
        self.routes = [
            (method, route.path)
            for route in client.front.app.routes
            if isinstance(route, Route)
            for method in sorted((route.methods or set()) - {"HEAD"})
            if route.path not in ENDLESS
        ]
        self.fields = sorted({field.name for form in self.forms for field in form.fields})

    def _make_accounts(self) -> None:
        """Make who is missing: what is sent may well have ended somebody's account."""
        accounts = self.accounts
        chief = Who(name="N1", role="coordinator")
        there = {one.name for one in accounts.listed(chief)}
        for role, name in NAMES.items():
            if name not in there:
                code = accounts.first_code() or accounts.invite(chief, role)
                accounts.join(code, name, PASSWORD, "")

    def session(self, role: str) -> Session | None:
        """Return a session that holds; none for strangers."""
        if role not in NAMES:
            return None
        try:
            return self.accounts.session(self._sessions[role].token)
        except (KeyError, LoginNeededError):
            self._make_accounts()
            self._sessions[role] = self.accounts.begin(NAMES[role], "password")
            return self._sessions[role]

    def _crawl(self, most: int = 60) -> tuple[list[Form], list[str]]:
        """Follow links from page to page as a coordinator; one page stands for its like."""
        waiting, pages, forms = ["/", "/login", "/join"], dict[str, str](), dict[tuple[str, ...], Form]()
        while waiting and len(pages) < most:
            path = waiting.pop(0)
            # of papers in two languages that in one stands for all
            kind = re.sub(r"\d+", "0", re.sub(r"&beside=\w+", "", path))
            if kind in pages or urlsplit(path).path.startswith("/static/"):
                continue
            pages[kind] = path
            answer = self.send(Call(who="coordinator", method="GET", path=path))
            assert answer.status_code < 500, (path, answer.text)
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            reader = _Reader()
            reader.feed(answer.text)
            waiting += [link for link in reader.links if re.match(r"/(?!/)", link)]
            for given, fields in reader.forms:
                form = Form(
                    given.get("action") or urlsplit(path).path, given.get("method", "get").upper(),
                    given.get("enctype", ""), tuple(fields),
                )  # fmt: skip
                forms.setdefault((form.method, form.action, *(field.name for field in fields)), form)
        return list(forms.values()), list(pages.values())

    def send(self, call: Call) -> Any:
        """Send a call as it is; whoever it is from has a session that holds."""
        headers = dict(call.headers)
        session = self.session(call.who)
        if session is not None:
            headers["cookie"] = f"{COOKIE}={session.token}".encode()
        self.client.http.cookies.clear()
        return self.client.request(call.method, call.path, headers=headers, content=call.content or None)

    def judge(self, call: Call) -> None:
        """Send a call, and refuse every answer that there must not be."""
        before = self.running.size
        answer = self.send(call)
        kept = self.running.size - before
        assert answer.status_code < 500, (call, answer.text)
        assert not self.running.trouble, call
        if answer.status_code >= 400 or call.who != "coordinator":
            assert kept == 0, (call, answer.status_code)
        if answer.status_code >= 400 and answer.headers.get("content-type") == "application/json":
            assert set(answer.json()) == {"code", "title", "what", "remedy", "faults"}, call
        assert "<script>alert" not in answer.text or "text/html" not in answer.headers.get("content-type", ""), call
        self.answered[f"{answer.status_code // 100}xx"] += 1
        self.seen.add((call.method, urlsplit(call.path).path))

    def run(self, calls: int, seed: int) -> None:
        """Try so many calls; the same again for the same seed."""
        rng = random.Random(seed)
        for _ in range(calls):
            self.judge(self.call(rng))

    def call(self, rng: random.Random) -> Call:
        """Make up a call."""
        make: Callable[[random.Random, str], Call] = rng.choices(
            (self._form, self._operation, self._route), (5, 3, 2)
        )[0]  # fmt: skip
        return make(rng, rng.choices(("coordinator", "observer", "stranger"), (8, 1, 1))[0])

    def _token(self, rng: random.Random, who: str) -> str:
        session = self.session(who)
        return session.csrf if session is not None and rng.random() < 0.95 else a_text(rng)

    def _form(self, rng: random.Random, who: str) -> Call:
        """Fill in a form of a page, here and there as its page would not."""
        form = rng.choice(self.forms)
        given = [(field.name, _filled(rng, field)) for field in form.fields if rng.random() < 0.95]
        if rng.random() < 0.1:
            given.append((rng.choice(self.fields), a_text(rng)))
        given = [(name, self._token(rng, who) if name == "csrf" else value) for name, value in given]
        return self._posted(rng, who, form, given)

    def _posted(self, rng: random.Random, who: str, form: Form, given: Sequence[tuple[str, str]]) -> Call:
        if form.method == "GET":
            return Call(who=who, method="GET", path=f"{urlsplit(form.action).path}?{_encoded(given)}")
        if "multipart" in form.enctype:
            edge = "edge"
            parts = [f'--{edge}\r\ncontent-disposition: form-data; name="{name}"; filename="a.gpx"\r\n\r\n{value}\r\n'
                     for name, value in given]  # fmt: skip
            content, kind = (
                "".join([*parts, f"--{edge}--\r\n"]).encode("utf-8", "replace"),
                f"{form.enctype}; boundary={edge}",
            )
        else:
            content, kind = _encoded(given).encode(), "application/x-www-form-urlencoded"
        if rng.random() < 0.03:
            content, kind = rng.randbytes(rng.randrange(200)), rng.choice((kind, "application/json", "text/plain", ""))
        return Call(who=who, method="POST", path=form.action, headers={"content-type": kind.encode()}, content=content)

    def _operation(self, rng: random.Random, who: str) -> Call:
        """Call an address of the API's description."""
        path, ways = rng.choice([one for one in self.description["paths"].items() if one[0] not in ENDLESS])
        method, about = rng.choice(list(ways.items()))
        headers, query = {"x-csrf-token": self._token(rng, who).encode("utf-8", "replace")}, []
        for one in about.get("parameters", ()):
            value = a_text(rng) if rng.random() < 0.5 else str(rng.randrange(-3, 40))
            if one["in"] == "query" and rng.random() < 0.7:
                query.append((one["name"], value))
            elif one["in"] == "header" and rng.random() < 0.5:
                headers[one["name"]] = value.encode("utf-8", "replace")
        content = b""
        if "requestBody" in about:
            schema = about["requestBody"]["content"]["application/json"]["schema"]
            content = a_body(rng, schema, self.description["components"]["schemas"])
            headers["content-type"] = b"application/json"
        headers = {key: re.sub(rb"[\x00-\x1f\x7f]", b"", value) for key, value in headers.items()}
        return Call(
            who=who, method=method.upper(), path=f"{path}?{_encoded(query)}", headers=headers, content=content
        )  # fmt: skip

    def _route(self, rng: random.Random, who: str) -> Call:
        """Call any address there is, with fields of any form."""
        method, path = rng.choice(self.routes)
        path = re.sub(r"\{[^}]*\}", lambda _: _encoded([("", a_text(rng))])[1:200] or "x", path)
        given = [(name, a_text(rng)) for name in rng.sample(self.fields, rng.randrange(min(6, len(self.fields))))]
        if method == "POST":
            token = [("csrf", self._token(rng, who))]
            if rng.random() < 0.7:
                return self._posted(rng, who, Form(path, "POST", "", ()), [*token, *given])
            headers = {"content-type": b"application/json", "x-csrf-token": token[0][1].encode("utf-8", "replace")}
            headers = {key: re.sub(rb"[\x00-\x1f\x7f]", b"", value) for key, value in headers.items()}
            return Call(who=who, method=method, path=path, headers=headers, content=_json(a_value(rng)))
        host = {"host": a_text(rng).encode("ascii", "ignore").translate(None, b"\r\n\0")} if rng.random() < 0.1 else {}
        return Call(who=who, method=method, path=f"{path}?{_encoded(given)}", headers=host)


def _encoded(given: Sequence[tuple[str, str]]) -> str:
    return urlencode(given, errors="surrogatepass")


def _json(value: Any) -> bytes:
    """Write what may be no JSON at all: NaN and lone surrogates included."""
    return json.dumps(value).encode()


def _filled(rng: random.Random, field: Field) -> str:
    return rng.choice(field.values) if field.values and rng.random() < 0.6 else a_text(rng)


def a_text(rng: random.Random) -> str:
    """Make up a text."""
    if rng.random() < 0.8:
        return rng.choice(TEXTS)
    return "".join(chr(rng.choice((rng.randrange(128), rng.randrange(0x3000)))) for _ in range(rng.randrange(20)))


def a_value(rng: random.Random, depth: int = 3) -> Any:
    """Make up what JSON can hold, and a little more."""
    kinds: tuple[Callable[[], Any], ...] = (
        lambda: None,
        lambda: rng.random() < 0.5,
        lambda: rng.choice((0, -1, 1, 2**31, 2**63, -(2**64), 10**400, rng.randrange(10**6))),
        lambda: rng.choice((0.5, -0.0, 1e308, float("nan"), float("inf"))),
        lambda: a_text(rng),
        lambda: [a_value(rng, depth - 1) for _ in range(rng.randrange(4))],
        lambda: {a_text(rng): a_value(rng, depth - 1) for _ in range(rng.randrange(4))},
    )
    return rng.choice(kinds if depth > 0 else kinds[:5])()


def a_body(rng: random.Random, schema: dict[str, Any], schemas: dict[str, Any]) -> bytes:
    """Make up a body by a schema: most of it right, so that the rest is looked at."""
    if rng.random() < 0.03:
        return rng.randbytes(rng.randrange(100))
    content = _json(_by_schema(rng, schema, schemas))
    if rng.random() < 0.03:
        at = rng.randrange(len(content))
        content = content[:at] + rng.randbytes(rng.randrange(3)) + content[at + rng.randrange(3) :]
    return content


def _by_schema(rng: random.Random, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    if rng.random() < 0.06:
        return a_value(rng)
    if "$ref" in schema:
        return _by_schema(rng, schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return _by_schema(rng, rng.choice(schema["anyOf"]), schemas)
    if "enum" in schema:
        return rng.choice(schema["enum"])
    made = {"object": _an_object, "array": _an_array}.get(schema.get("type", ""), _a_single)
    return made(rng, schema, schemas)


def _an_object(rng: random.Random, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    needed = set(schema.get("required", ()))
    found = {
        name: _by_schema(rng, one, schemas)
        for name, one in schema.get("properties", {}).items()
        if rng.random() < (0.97 if name in needed else 0.5)
    }
    if "type" in found and rng.random() < 0.7:
        found["type"] = rng.choice(list(TYPES))
    return found


def _an_array(rng: random.Random, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    return [_by_schema(rng, schema.get("items", {}), schemas) for _ in range(rng.randrange(4))]


def _a_single(rng: random.Random, schema: dict[str, Any], _schemas: dict[str, Any]) -> Any:
    found: dict[Any, Any] = {
        "string": a_text(rng)[: schema.get("maxLength", 10_000)],
        "integer": rng.randrange(-2, 100),
        "number": rng.random() * 100,
        "boolean": rng.random() < 0.5,
    }
    kind = schema.get("type")
    return found[kind] if kind in found else a_value(rng)


def summary(fuzzed: Fuzzed) -> dict[str, Any]:
    """Return what was tried, and what came of it."""
    return {
        "forms": len(fuzzed.forms),
        "pages": len(fuzzed.pages),
        "addresses": len(fuzzed.routes),
        "operations": sum(map(len, fuzzed.description["paths"].values())),
        "answered": dict(sorted(fuzzed.answered.items())),
        "events_kept": fuzzed.running.size,
    }
