"""Telemetry: what operations staff see of a running gateway: logs, metrics, traces, incidents."""
