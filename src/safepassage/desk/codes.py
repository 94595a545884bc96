"""What each code of this room and of the server means to a coordinator, and what to do about it."""

from __future__ import annotations

from typing import Final

from safepassage.model.errors import Code

_CODES: Final[dict[str, tuple[str, str, str]]] = {
    "claim-book": (
        "The book of claims cannot be read",
        "The server keeps reports and claims in one file beside the ledger; it is damaged, or is of another operation.",
        "Put the file back from a copy, or move it away: the claims then begin anew. The ledger is not touched.",
    ),
    "code-refused": (
        "A one-time code that does not hold",
        "It is unknown, was used, is older than a day, or is for something else.",
        "Type it again, with care. If it still does not hold, ask whoever gave it to you for a new one.",
    ),
    "departure-held": (
        "Something speaks against this departure",
        "Somebody expected is not aboard, a way back is open, or what was agreed to come first has not; the list says.",
        "Put it right. To leave nevertheless, tick that, and say why in a few words: the reason stands in the record.",
    ),
    "device-revoked": (
        "A device that was revoked",
        "It asks or hands in after somebody revoked it. Nothing of this came into the record.",
        "Lost and found again: enrol it anew; what it still held waits on the page of files. Stolen: leave it so.",
    ),
    "input": (
        "What was handed in cannot be read",
        "The folder or file has faults; each is listed with its place.",
        "Correct what the faults name. `safepassage check OP` lists them all.",
    ),
    "internal": (
        "A fault of this program",
        "Something of ours does not hold. What was acknowledged is safe.",
        "Try once more. If it lasts, note the time, keep the server's log, and report it.",
    ),
    "disk-refused": (
        "The disk does not take it",
        "The disk of the server is full, or it fails. Nothing of this was done; what was kept before is as it was.",
        "Make room on the disk, or have it repaired. Then do it once more: nothing needs to be started anew.",
    ),
    "list-book": (
        "The kept lists cannot be read",
        "The server keeps a file about the lists that were brought to the console; it is damaged.",
        "Put the file back from a copy, or move it away: the list in force lies in the folder, whatever it says.",
    ),
    "list-file": (
        "Not a list of people",
        "The file is empty, or it is neither a CSV table nor a workbook of Excel or OpenDocument.",
        "Save the list as .csv, .xlsx or .ods, and choose that file.",
    ),
    "login-needed": (
        "Nobody is logged in",
        "The server does not know who asks: nobody logged in here, or the session is over.",
        "Log in. A session ends after an hour without use, and after twelve hours.",
    ),
    "login-refused": (
        "Not logged in",
        "The name or the password is wrong. Which of them is not said.",
        "Type both again. Forgotten: ask a coordinator to end the account and invite you anew.",
    ),
    "needs-two": (
        "Two people agree to this",
        "A removal from the list and a disclosure are recorded when a second person agrees; nobody does that alone.",
        "Ask for it on the page Approvals, and tell somebody who may approve it.",
    ),
    "no-passkeys": (
        "No passkeys at this address",
        "Browsers keep passkeys for a name over an encrypted connection, not for a bare address or plain HTTP.",
        "Open the server by its name, started with --tls. Until then, log in with the password.",
    ),
    "not-an-outbox": (
        "Not a file that a phone saved",
        "It is not what a phone saves as its unsent records, or it was changed or cut off on the way.",
        "Save the file on the phone again, and bring that one as it is.",
    ),
    "no-plan": (
        "No plan in force",
        "There is no plan yet, or the one in force moves nobody: nobody is expected on any trip.",
        "Plan on the page Planning, or start the server with `--plan PLAN.json`.",
    ),
    "no-such-person": (
        "Nobody has this code",
        "The code is neither on the people's list nor in anything that was recorded.",
        "Search on *people* by a part of the code or by the name. Who is on no list is registered there.",
    ),
    "not-permitted": (
        "Not permitted",
        "The role of this account or device does not allow this, or not at this place.",
        "Ask somebody whose role does, or a coordinator for another role.",
    ),
    "not-there": (
        "Nothing is there",
        "The address is not known to this server, or is not asked in this way.",
        "Check the address. `/openapi.json` lists all there are.",
    ),
    "operation-closed": (
        "The operation is closed",
        "It is for reading: nothing more is recorded or changed here. What phones hand in late still comes in.",
        "If something is missing, a coordinator opens it again on the page Closing, and closes it anew afterwards.",
    ),
    "passkey-refused": (
        "This passkey opens nothing here",
        "It is not known to this server, was removed, came too late, or is for another address. Which is not said.",
        "Try once more. If it lasts, log in with the password, remove the passkey on your account's page, add it anew.",
    ),
    "password-refused": (
        "This password cannot be taken",
        "It is too short or too long, or it is made of words and runs of keys that everybody tries first.",
        "Take a sentence of your own, or what a password manager proposes. No kinds of characters are asked for.",
    ),
    "proof-refused": (
        "A device that cannot show which one it is",
        "It is not enrolled on this server, or what it asks is not signed with the key that it was enrolled with.",
        "Enrol the device with a new code. What it still holds can be saved on it as a file and brought by hand.",
    ),
    "proof-stale": (
        "A question of another time",
        "It was signed more than five minutes ago, or before this server was started anew.",
        "Devices read the server's clock and ask again by themselves. If it lasts, open the page on the device anew.",
    ),
    "report-file": (
        "A report that cannot be read",
        "Reports are read as plain text in UTF-8, up to two million bytes.",
        "Save it as plain text, UTF-8. From a web page or a PDF, copy the words into a text file.",
    ),
    "request-malformed": (
        "A request that is not understood",
        "It is not what this address expects; the message names the field.",
        "Correct the field. `/openapi.json` says what is expected.",
    ),
    "request-too-large": (
        "A request that is too large",
        "It has more bytes than this address takes. Nothing of it was kept.",
        "Hand in less at once: devices hand in at most 500 events or a million bytes.",
    ),
    "server-busy": (
        "Too much waits for the disk",
        "More is handed in than the disk takes at the moment. Nothing of this call was kept.",
        "Send again in a few seconds: devices do so by themselves. If it lasts, look at the disk.",
    ),
    "server-keys": (
        "The server's keys cannot be used",
        "The file of keys beside the ledger is missing, damaged, or can be read by others on this machine.",
        "Put the file back from where the folder was copied. Open to others: chmod 600 it, and ask who has read it.",
    ),
    "sheet-entered": (
        "This sheet was entered already",
        "A sheet of this form, place, date and number counts in the record. A sheet counts once.",
        "It stands among the sheets in the record. Wrong: take it back, enter it anew. Another: give it a new number.",
    ),
    "too-many-positions": (
        "Too many positions",
        "A tracker hands in more positions than any phone has: 10 a second for long, 600 at once.",
        "Wait: the phone keeps what was not taken and sends it again. If it lasts, take the vehicle's token back.",
    ),
    "too-many-tries": (
        "Too many tries",
        "Too many wrong passwords or codes in a quarter of an hour, for this name or from this device.",
        "Wait a quarter of an hour. If it was not you, tell a coordinator: somebody is guessing.",
    ),
    "tracker-refused": (
        "A tracker's token that does not hold",
        "It was mistyped, taken back, or replaced by a newer one of the same vehicle.",
        "Make a new token on the page of positions, and type it into the phone as its device identifier.",
    ),
    "usage": (
        "A command that does not fit",
        "It asks for something that does not exist, or for things that exclude each other.",
        "The message names it. `safepassage COMMAND --help` lists what there is.",
    ),
}

CODES: Final[dict[str, Code]] = {
    code: Code(title=title, meaning=meaning, remedy=remedy) for code, (title, meaning, remedy) in _CODES.items()
}
"""Every code that these rooms use."""
