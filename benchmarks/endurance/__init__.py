"""Endurance: what a backlog, large messages, slow senders and a long day do to a gateway."""
