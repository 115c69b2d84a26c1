"""The suite that every adapter passes; it comes with Amtsbote."""

from musterkasse import Musterkasse

from gateway.testing import AdapterContract


class TestMusterkasse(AdapterContract):
    system = Musterkasse
