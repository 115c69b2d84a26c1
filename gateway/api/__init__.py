"""HTTP: submissions and status for portals, receipts and pickup for specialist systems, health for operations."""

from gateway.api.app import create_app, create_health_app
from gateway.api.handbook_pages import HandbookPages
from gateway.api.services import Limits, Services

__all__ = ["HandbookPages", "Limits", "Services", "create_app", "create_health_app"]
