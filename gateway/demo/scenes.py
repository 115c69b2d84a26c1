"""Scenes: all that the demo submits, and how the sandbox misbehaves meanwhile."""

import re
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from gateway.core.status import DeliveryState
from gateway.demo.accepted import ACCEPTED
from gateway.demo.scene import Delivered, Scene
from gateway.demo.turned_away import TURNED_AWAY
from gateway.sandbox import System
from gateway.sandbox.faults import Fault, FaultRule

SCENES: Sequence[Scene] = (*ACCEPTED, *TURNED_AWAY)

EFFECTS = sum(
    scene.expect.destinations
    for scene in SCENES
    if isinstance(scene.expect, Delivered) and scene.expect.state is DeliveryState.DELIVERED
)
"""How many cases all specialist systems together must have when the scenes are over."""

FAULTS: Sequence[FaultRule] = (
    FaultRule(system=System.FINANCE, fault=Fault.UNAVAILABLE_503, times=2, match="sepamandat", seconds=1),
    FaultRule(system=System.REAL_ESTATE, fault=Fault.REFUSE, times=1, match="katasterauskunft"),
)
"""How the sandbox misbehaves in these scenes."""


def bodies(bundles: Path) -> dict[str, bytes]:
    """The bytes to submit, by scene: samples of the bundles, each with a UUID of its own."""
    made: dict[str, bytes] = {}
    for scene in SCENES:
        content = made[scene.again] if scene.again else _letter(bundles / scene.sample, scene.leser)
        made[scene.key] = scene.change(content)
    return made


def _letter(sample: Path, ags: str) -> bytes:
    content = sample.read_bytes()
    content = re.sub(rb"(<nachrichtenUUID>)[^<]*", rb"\g<1>" + str(uuid4()).encode("ascii"), content, count=1)
    recipient = rb"\g<1>ags:" + ags.encode("ascii")
    return re.sub(rb"(<leser>.*?<kennung>)[^<]*", recipient, content, count=1, flags=re.DOTALL)
