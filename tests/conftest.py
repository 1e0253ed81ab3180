"""Names the plugins that every test may use."""

pytest_plugins = ["tests.databases"]
