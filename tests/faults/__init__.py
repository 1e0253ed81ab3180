"""The fault harness: processes that are killed while they deliver, and a count of what arrived. See docs/delivery.md.

Test code only, and no test by itself: `tests/process/test_delivery_faults.py` runs the short form, `python -m tests.faults`
the long one.
"""
