"""Adapters: one package per area says what to say to a specialist system; `transports` says how."""
