"""Sandbox: stand-ins of the five specialist systems on real sockets and folders, for demo and tests."""

from gateway.sandbox.server import Sandbox, run, sandbox
from gateway.sandbox.settings import SandboxSettings
from gateway.sandbox.systems import System

__all__ = ["Sandbox", "SandboxSettings", "System", "run", "sandbox"]
