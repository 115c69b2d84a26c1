"""Transports: how something is said to a specialist system, and what its answer means as an outcome."""
