"""Faults: what may go wrong, done to a whole installation, and the account of what it cost. Run by `make faults`."""
