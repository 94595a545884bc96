"""What each code of this room means to a coordinator, and what to do about it."""

from __future__ import annotations

from typing import Final

from safepassage.model.errors import Code

_CODES: Final[dict[str, tuple[str, str, str]]] = {
    "checkpoint-refused": (
        "A checkpoint that proves nothing",
        "It is damaged, of another ledger, or not signed with the key it should be signed with.",
        "Compare it with the copies that others hold. If theirs verify and this does not, keep both; ask who made it.",
    ),
    "keys-refused": (
        "The file of keys cannot be used",
        "Wrong passphrase, in use elsewhere, damaged, refused by the disk, or no file of keys. All else goes on.",
        "Give the right passphrase, end the other process, or restore the file and repeat what was destroyed since.",
    ),
    "not-recorded": (
        "Not recorded",
        "What was to be recorded is no event of this vocabulary, or the device's own events do not follow each other.",
        "Correct what the message names. Where events do not follow each other, enrol the device under a new id.",
    ),
    "not-taken": (
        "What a device handed in was not taken",
        "It is not what its batch says, or its device is not enrolled here or did not sign it. Nothing of it was kept.",
        "Enrol the device and send again. For paper or a file that was found, a coordinator imports it by hand.",
    ),
    "other-ledger": (
        "Another ledger, or another past of this one",
        "What the other server offers does not go on from what was taken from it before.",
        "Keep both checkpoints: they prove it. Ask whoever runs that server whether a backup was restored.",
    ),
    "person-key-absent": (
        "No key of this person",
        "There is no key here for these fields of the person: never made, or kept by somebody else.",
        "Ask whoever keeps the keys. Medical fields may be kept by others than names are.",
    ),
    "person-key-destroyed": (
        "The person's keys were destroyed",
        "On request, or because the time to keep them was over. What was sealed is unreadable for good, everywhere.",
        "Nothing brings it back. Register the person anew, under another id, if they are met again.",
    ),
    "sealed-not-opened": (
        "Sealed fields that do not open",
        "The sealed text was changed or damaged, or belongs to another person, event or compartment.",
        "Verify the ledger. If it verifies, the device that made the event sealed it wrongly.",
    ),
    "sealed-too-long": (
        "Too much text to seal",
        "An event is a note, not a file; what is sealed in it has at most 8,000 characters.",
        "Shorten the notes, or write several events.",
    ),
    "store-refused": (
        "The ledger cannot be used as it is",
        (
            "The file or database is no ledger, is damaged or newer than this program, is open for writing elsewhere, "
            "or what it stands on is known to lose data."
        ),
        "The message names the reason. Nothing was changed. A damaged file: restore a backup into a new name.",
    ),
    "store-stopped": (
        "The ledger takes nothing more",
        (
            "A write failed: the disk is full or faulty, or the database went away. What was acknowledged is safe; "
            "what was just handed in may or may not be there."
        ),
        (
            "Make room or mend the disk, then start again. Devices send again what was not acknowledged; nothing "
            "counts twice."
        ),
    ),
}

CODES: Final[dict[str, Code]] = {
    code: Code(title=title, meaning=meaning, remedy=remedy) for code, (title, meaning, remedy) in _CODES.items()
}
"""Every code that this room uses."""
