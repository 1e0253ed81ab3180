"""The features that a guild can have switched on: one file each, listed here and nowhere else."""

ALL = (
    "admin",
    "checkins",
    "feeds",
    "help",
    "lead",
    "meetings",
    "mentions",
    "newcomers",
    "privacy",
    "runs",
    "settings",
    "setup",
    "welcome",
)
