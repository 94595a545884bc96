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
    "ledger-chain-broken": (
        "A device's event does not follow the one before it",
        "Each event names the device's event before it. This one names another: one of the two was changed.",
        "Compare with the device, which keeps what it wrote, and with the other server.",
    ),
    "ledger-chain-forked": (
        "Two events under one number",
        "A device numbers its events. Two with one number: a copied device, a restored one, or an invented event.",
        "Neither counts until somebody decides. Ask who held the device; record what holds as a resolution.",
    ),
    "ledger-chain-gap": (
        "Events of a device are missing",
        "The numbers between are not here. They may still be on the device, or were taken out.",
        "Have the device hand in again. If it says that it has, compare with the other server.",
    ),
    "ledger-checkpoint-foreign": (
        "A checkpoint of another log",
        "It names another operation or another server. Nothing in this log can be compared with it.",
        "Verify the log that it names with it.",
    ),
    "ledger-checkpoint-missing": (
        "A checkpoint was not kept",
        "Somebody holds a good checkpoint of this log that does not stand beside it: the list was cut.",
        "The log itself still fits that checkpoint. Ask who had access to the database.",
    ),
    "ledger-checkpoint-wrong": (
        "A checkpoint that its log did not sign",
        "Its text or its signature was changed or damaged.",
        "Compare with a printed copy, or with what a device or the other server holds.",
    ),
    "ledger-column-differs": (
        "A column differs from the event",
        "Beside the event's bytes stands a digest that is not theirs. One of the two was changed in the database.",
        "If the device's chain is whole, the bytes are right; restore the row from a backup or the other server.",
    ),
    "ledger-cut-off": (
        "The log is shorter than it was",
        "Somebody holds a checkpoint of more events than there are. The end was cut off, or an old copy was put back.",
        "Do not write to it. Keep it, and fetch what is missing from the other server and from the devices.",
    ),
    "ledger-device-revoked": (
        "Handed in after the device was let out",
        "A server had revoked the device before this came. Whoever held it then may have written it.",
        "Ask who held the device. Record what holds by somebody who saw it.",
    ),
    "ledger-device-unknown": (
        "A device that nobody let in",
        "Events by a device that no server enrolled, and that no server says it received. They may be invented.",
        "Enrol the device if it is yours; else treat its events as false.",
    ),
    "ledger-export-changed": (
        "An export that was changed",
        "A line is not what its digest says, or the lines are not what the first line says. The line is named.",
        "Copy the file again, or export again from the ledger.",
    ),
    "ledger-export-refused": (
        "No export of a ledger, or none can be made",
        "The file's first line is not that of an export, or the ledger is damaged so that it cannot be written out.",
        "Check that it is the right file. For a ledger: verify it first.",
    ),
    "ledger-id-reused": (
        "Two events with one id",
        "Every event has an id of its own. Two with one id: one of them was made from the other.",
        "Neither counts until somebody decides. Look at both, and ask the devices' holders.",
    ),
    "ledger-index-differs": (
        "The database's index differs from its table",
        "The index of digests leads elsewhere than it should: damaged, or changed so that an event seems absent.",
        "Restore a backup, or export the ledger and read it into a new one.",
    ),
    "ledger-key-differs": (
        "Another key than expected",
        "The log names another key than you trust, or somebody holds a checkpoint signed with another one.",
        "Take the key from who set the ledger up, not from the log. If it is not this one, the log was written anew.",
    ),
    "ledger-key-unknown": (
        "The log's key is not known",
        "A second server's log does not name its key, so nothing can be said of its checkpoints.",
        "Give the key with --key, as that server printed it.",
    ),
    "ledger-not-an-event": (
        "Bytes that are no event",
        "What stands there is not an event in its one canonical form: changed or damaged in the database.",
        "Restore the row from a backup or the other server.",
    ),
    "ledger-not-opened": (
        "The ledger does not say what it is",
        "No event opens a ledger for an operation: it is empty, or its beginning was removed.",
        "Check that it is the right file.",
    ),
    "ledger-position-missing": (
        "Rows are missing",
        "Positions in the log go on without a gap. These were deleted, or rows were moved.",
        "Restore a backup, and fetch what is missing from the other server.",
    ),
    "ledger-root-differs": (
        "The log is not the one that a checkpoint was made of",
        "Events up to that checkpoint were changed, taken out, moved, or are shown differently to different people.",
        "Keep both: the checkpoint is signed and proves it. The range says where to compare with another copy.",
    ),
    "ledger-signature-wrong": (
        "A signature that the device did not make",
        "What a server wrote as the device's signature does not fit any key that the device was enrolled with.",
        "Ask the device to hand in again. If it signs something else, the server's record was changed.",
    ),
    "ledger-signed-missing": (
        "What was signed is not here",
        "A device signed an event that is not in the log, or stands there in another form.",
        "Ask the device, which keeps what it wrote, and compare.",
    ),
    "ledger-split": (
        "One key, two histories",
        "The log's key signed two different states of one size: different people were shown different logs.",
        "Keep both checkpoints. Together they prove it, whatever the server says.",
    ),
    "ledger-twice": (
        "One event stands twice",
        "A log takes each event once. A row was copied.",
        "It changes no state. Ask who had access to the database.",
    ),
    "ledger-unsigned": (
        "Events without a signature",
        "No signature of the device covers its last events: they came on paper, or a signature was removed.",
        "Have the device hand in once more. What came on paper: compare with the paper.",
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
