"""Discord's permission bits that peerled asks for, and the two sets in which it asks.

Plain numbers, so that the command line can make an invite without a Discord library. Source of the bits:
https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags (checked against discord.py
by a test). Administrator is never asked for.
"""

MANAGE_CHANNELS = 1 << 4
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MANAGE_ROLES = 1 << 28
CREATE_PUBLIC_THREADS = 1 << 35
CREATE_PRIVATE_THREADS = 1 << 36
SEND_MESSAGES_IN_THREADS = 1 << 38
# Enough to make events and to change and end the bot's own; Manage Events would also reach other people's.
CREATE_EVENTS = 1 << 44
# Apart from Manage Messages since February 2026, so that a bot can pin without being able to delete what people write.
PIN_MESSAGES = 1 << 51

# For every day. Manage Threads is left out: whoever opens a thread may close it and take people out without it, and
# with it the bot would see every private thread of the server.
EVERYDAY = {
    "View Channels": VIEW_CHANNEL,
    "Send Messages": SEND_MESSAGES,
    "Send Messages in Threads": SEND_MESSAGES_IN_THREADS,
    "Create Public Threads": CREATE_PUBLIC_THREADS,
    "Create Private Threads": CREATE_PRIVATE_THREADS,
    "Embed Links": EMBED_LINKS,
    "Attach Files": ATTACH_FILES,
    "Read Message History": READ_MESSAGE_HISTORY,
    "Pin Messages": PIN_MESSAGES,
    "Create Events": CREATE_EVENTS,
}

# On top, while `/setup` makes channels and roles; can be taken away afterwards.
FOR_SET_UP = {"Manage Channels": MANAGE_CHANNELS, "Manage Roles": MANAGE_ROLES}

SCOPES = ("bot", "applications.commands")


def everyday() -> int:
    """Return the bits that peerled needs in its channels every day."""
    return sum(EVERYDAY.values())


def with_set_up() -> int:
    """Return the everyday bits and those with which `/setup` makes channels and roles."""
    return everyday() + sum(FOR_SET_UP.values())


def missing(granted: int, wanted: dict[str, int] | None = None) -> tuple[str, ...]:
    """Return the names, as Discord shows them, of what `granted` lacks of `wanted`, by default of the everyday ones."""
    asked = EVERYDAY if wanted is None else wanted
    return tuple(name for name, bit in asked.items() if not granted & bit)


def invite_url(application_id: int, permissions: int) -> str:
    """Return the address that adds the bot to a server with these permissions."""
    scope = "+".join(SCOPES)
    return f"https://discord.com/oauth2/authorize?client_id={application_id}&scope={scope}&permissions={permissions}"
