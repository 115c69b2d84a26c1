"""Configuration: files under version control, read and checked as a whole."""

from gateway.config.load import Configuration, Premises, load, load_premises
from gateway.config.model import Settings

__all__ = ["Configuration", "Premises", "Settings", "load", "load_premises"]
