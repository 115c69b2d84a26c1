"""Delivery: from what is due in the store to an outcome of a specialist system, written down."""
