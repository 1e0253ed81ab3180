"""The features that a guild can have switched on: one file each, listed here and nowhere else."""

ALL = ("admin", "checkins", "help", "lead", "mentions", "newcomers", "privacy", "settings", "setup", "welcome")
