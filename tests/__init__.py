"""The tests; `tests.databases` and other plugins are imported from here."""
