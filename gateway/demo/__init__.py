"""Demo: the main job shown on the embedded size, with real submissions over HTTP and a truthful table."""

from gateway.demo.play import play

__all__ = ["play"]
