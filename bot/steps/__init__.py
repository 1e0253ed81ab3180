"""Procedures on an open transaction that several services share."""
