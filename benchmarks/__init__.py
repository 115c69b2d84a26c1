"""Benchmarks: what the gateway carries, each figure beside a floor measured in the same run."""
