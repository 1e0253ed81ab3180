"""A loopback Discord over real sockets, for bots in other processes. Test code only; nothing of the bot imports it."""

from tests.loopback.forms import RefusedByClient
from tests.loopback.people import Answer, Person
from tests.loopback.places import Channel, Guild, Role
from tests.loopback.processes import Process
from tests.loopback.rest import Call
from tests.loopback.server import CALLBACKS, Loopback
from tests.loopback.trouble import FOREVER, Fault
from tests.loopback.views import Seen

__all__ = [
    "CALLBACKS",
    "FOREVER",
    "Answer",
    "Call",
    "Channel",
    "Fault",
    "Guild",
    "Loopback",
    "Person",
    "Process",
    "RefusedByClient",
    "Role",
    "Seen",
]
