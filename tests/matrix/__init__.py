"""Matrix: every transport against every fault of the sandbox, in real processes. Run by `make matrix`."""
