"""Incidents: tells of outages when they begin and when they end, once each."""

import structlog

from gateway.core.incident import Incident

log = structlog.get_logger()


def tell_incident(incident: Incident) -> None:
    """Log an incident that was just opened or closed."""
    if incident.closed_at is None:
        log.warning(
            "incident_opened",
            destination=incident.destination,
            trouble=incident.trouble.value,
            code=incident.code,
        )
        return
    log.info(
        "incident_closed",
        destination=incident.destination,
        trouble=incident.trouble.value,
        seconds=round((incident.closed_at - incident.opened_at).total_seconds()),
        affected=incident.affected,
    )
