"""The building: assembly on top, tools in the middle, pure rules in the cellar."""

import zoneinfo

# Times mean the same on every machine, and what `/admin health` names is what is used: the package's rules, never the system's.
zoneinfo.reset_tzpath(to=())
