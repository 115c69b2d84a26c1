"""The pytest plugin for tests with `gateway.testing`.

It is found by its entry point in every run where Amtsbote is installed, and costs a run without adapters nothing.
"""

import pytest

pytest.register_assert_rewrite("gateway.testing")


def pytest_configure(config: pytest.Config) -> None:
    """Say what is at hand."""
    config.addinivalue_line("markers", "amtsbote: tests of an adapter against the contract of Amtsbote")
