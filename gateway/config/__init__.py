"""Configuration: files under version control, read and checked as a whole."""

from gateway.config.load import Configuration, load, schema_folders
from gateway.config.model import Settings

__all__ = ["Configuration", "Settings", "load", "schema_folders"]
