"""Batch: deliveries collected into one file, as CSV or with fixed widths; see `transport`."""
