#!/usr/bin/env python3
"""Reads the vectors without anything of virtcheck: checks their fields, and judges the device status register by a model of
its own. Usage: read_vectors.py [FOLDER]. Exit code 1 where a vector is not as it says,
or where there is none."""

import json
import pathlib
import sys

SCHEMA = "virtcheck-vectors/1"
RESULTS = {"valid", "invalid", "acceptable"}
LEVELS = {"MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"}
FIELDS = {
    "id": str, "result": str, "party": str, "clause": str, "level": str, "section": str,
    "requirement": str, "notes": str, "device": str, "transport": str, "events": list,
}
OPTIONAL = {"expected": str, "seen": str, "brokeAt": int, "byteOrder": dict}

STATUS = 0x70
ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK, SUSPEND, NEEDS_RESET, FAILED = 1, 2, 4, 8, 16, 64, 128
# Bits that read as they were written, whatever the device thinks of features and of its own health.
KEPT = ACKNOWLEDGE | DRIVER | FAILED
RESET = "basic.device.device-reset.1"
# What these obligations say is all that the model below knows.
JUDGED = {
    "untagged.basic.1": "starts at 0",
    "untagged.mmio.7": "reads back the bits that were set",
}


def payload(event):
    """The bytes of a store or load: pieces in hexadecimal, or numbers of zero bytes."""
    return b"".join(bytes.fromhex(piece) if isinstance(piece, str) else bytes(piece) for piece in event[2:])


def problems(vector):
    """What is wrong with the form of a vector."""
    for name, kind in FIELDS.items():
        if not isinstance(vector.get(name), kind):
            yield f"{name} must be a {kind.__name__}"
    for name in vector.keys() - FIELDS.keys():
        if name not in OPTIONAL:
            yield f"{name} is no field"
        elif not isinstance(vector[name], OPTIONAL[name]):
            yield f"{name} must be a {OPTIONAL[name].__name__}"
    if vector.get("result") not in RESULTS:
        yield "result must be one of " + ", ".join(sorted(RESULTS))
    if vector.get("level") not in LEVELS:
        yield "level must be one of " + ", ".join(sorted(LEVELS))
    if vector.get("result") != "valid" and vector.get("brokeAt") != len(vector.get("events", [])) - 1:
        yield "an obligation breaks at the last event"
    for number, event in enumerate(vector.get("events", [])):
        if not isinstance(event, list) or not event or not isinstance(event[0], str):
            yield f"event {number} must be a list that begins with its kind"
        elif event[0] in ("store", "load", "dstore"):
            payload(event)
        elif event[0] in ("r", "w") and not (isinstance(event[1], int) and event[2] in (1, 2, 4, 8)):
            yield f"event {number}: offset and width expected"


def status_broken(vector):
    """The first read of Status that a device must not answer so, as (clause, event number), or None. Says nothing once the
    driver strays from the sequence that a device may count on, or suspends the device."""
    swap = vector.get("byteOrder", {}).get("registers") == "big"
    written, fresh, resetting, known = 0, True, False, True
    for number, event in enumerate(vector["events"]):
        if event[0] == "power-on":
            written, fresh, resetting, known = 0, True, False, True
        elif event[0] == "host" or event[0] == "outcome":
            known = False
        elif event[0] == "settled":
            resetting = resetting and event[1] == 0
        if event[0] not in ("r", "w") or event[1] != STATUS or event[2] != 4 or event[3] is None:
            continue
        value = int.from_bytes(event[3].to_bytes(4, "little"), "big") if swap else event[3]
        if event[0] == "w":
            if value == 0:
                written, resetting, known = 0, True, True
            elif resetting or written & ~value or value & (SUSPEND | NEEDS_RESET) or value & ~0xff or value & 0x20:
                known = False
            elif value & DRIVER and not (written & ACKNOWLEDGE) or value & (DRIVER_OK | FEATURES_OK) and not written & DRIVER:
                known = False
            elif value & DRIVER_OK and vector["transport"] != "mmio-v1" and not written & FEATURES_OK:
                known = False
            elif written & FAILED and value != written:
                known = False
            else:
                written = value
            fresh = False
            continue
        if not known:
            continue
        if resetting:
            resetting = value != 0
            continue
        if fresh and value != 0:
            return "untagged.basic.1", number
        if written == 0 and value != 0:
            # The reset did not take: another obligation, after which what is read proves nothing more.
            return RESET, number
        if value & NEEDS_RESET:
            known = False
            continue
        if value & ~written or (written & ~value) & KEPT:
            return "untagged.mmio.7", number
        if written & FEATURES_OK and not value & FEATURES_OK and not written & DRIVER_OK:
            # Features turned down: the driver has to stop here.
            known = False
            continue
        if written & ~value & (FEATURES_OK | DRIVER_OK):
            return "untagged.mmio.7", number
    return None


def main(folder):
    failures, vectors, judged, ids = [], 0, 0, set()
    for path in sorted(folder.glob("*.json")):
        if path.name.endswith(".schema.json"):
            continue
        document = json.loads(path.read_text(encoding="utf-8"))
        if document.get("schema") != SCHEMA:
            failures.append(f"{path.name}: schema is not {SCHEMA}")
            continue
        for vector in document["vectors"]:
            vectors += 1
            name = f"{path.name}: {vector.get('id')}"
            wrong = list(problems(vector))
            failures += [f"{name}: {what}" for what in wrong]
            if vector.get("id") in ids:
                failures.append(f"{name}: the id is not unique")
            ids.add(vector.get("id"))
            if wrong or vector["party"] != "device":
                continue
            broken = status_broken(vector)
            mine = vector["result"] == "invalid" and vector["clause"] in JUDGED
            if mine and broken is not None and broken[0] == RESET:
                continue
            if mine:
                judged += 1
                if broken is None:
                    failures.append(f"{name}: not seen to break")
                elif broken != (vector["clause"], vector["brokeAt"]):
                    failures.append(f"{name}: breaks {broken[0]} at event {broken[1]}")
            elif broken is not None and vector["result"] == "valid":
                failures.append(f"{name}: valid, but breaks {broken[0]} at event {broken[1]}")
    for failure in failures:
        print(failure)
    print(f"{vectors} vectors read, {judged} verdicts on the status register reproduced, {len(failures)} failures")
    return 1 if failures or vectors == 0 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent))
