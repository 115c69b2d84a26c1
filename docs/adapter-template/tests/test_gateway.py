"""A message all the way: posted to a gateway, kept, queued, delivered."""

from pathlib import Path

from musterkasse import Musterkasse

from gateway.testing import house


async def test_a_message_is_delivered_once(tmp_path: Path) -> None:
    system = Musterkasse(tmp_path)
    sample = system.samples()[0].read_bytes()
    async with system.running(), house(tmp_path / "gateway", system.destination(), sample) as gateway:
        message = await gateway.submit(sample)
        delivery = await gateway.delivery(message)
        assert (delivery["state"], delivery["reference"]) == ("delivered", "HST-1")
    assert len(system.arrivals()) == 1
