"""Filling in what Discord's client fills in: the options of a command and the fields of a modal.

It refuses what the client would not let a person send; `crafted=True` sends it all the same. It sends nothing itself.
"""

from typing import Any

from simcord import interactions as simcord_interactions

from tests.loopback.views import walk

STRING, USER, CHANNEL, ROLE, MENTIONABLE = 3, 6, 7, 8, 9
ACTION_ROW, TEXT_INPUT, TEXT_DISPLAY, LABEL, RADIO_GROUP, CHECKBOX = 1, 4, 10, 18, 21, 23
FIELDS = (3, 4, 5, 6, 7, 8, 19, 21, 22, 23)
NAMES_OF_THINGS = {USER: "users", CHANNEL: "channels", ROLE: "roles"}


class RefusedByClient(AssertionError):
    """Discord's own client would not let a person send this."""


def command_data(command: dict[str, Any], path: list[str], values: dict[str, Any], **extra: Any) -> dict[str, Any]:
    """Build the data of a slash command; `values` by option name, things with an `id` for users, roles, channels."""
    leaf, nesting = simcord_interactions.walk_to_subcommand(command, path)
    declared = {option["name"]: option for option in leaf.get("options") or []}
    missing = [name for name, option in declared.items() if option.get("required") and name not in values]
    missing = [] if "focused" in extra else missing  # somebody who is still typing has not filled in the rest
    if missing or values.keys() - declared.keys():
        raise RefusedByClient(
            f"/{command['name']}: missing {missing}, unknown {sorted(values.keys() - declared.keys())}"
        )
    options, resolved = [], {}
    for name, value in values.items():
        kind = declared[name]["type"]
        if kind in NAMES_OF_THINGS or kind == MENTIONABLE:
            for group, things in value.resolved().items():
                resolved.setdefault(group, {}).update(things)
            value = str(value.id)
        choices = {choice["name"]: choice["value"] for choice in declared[name].get("choices") or []}
        if choices and value not in choices.values():
            if value not in choices:
                raise RefusedByClient(f"{name}: {value!r} is not among {list(choices)}")
            value = choices[value]
        options.append({"name": name, "type": kind, "value": value, **extra})
    data = {
        "id": command["id"],
        "name": command["name"],
        "type": 1,
        "options": simcord_interactions.nest_options(command, nesting, options),
    }
    return data | ({"resolved": resolved} if resolved else {})


def filled(modal: dict[str, Any], values: dict[str, Any], *, crafted: bool = False) -> list[dict[str, Any]]:
    """Build the components of a submit; `values` by custom_id or label, options by label or value."""
    left = dict(values)
    components = [_submitted(node, left, node.get("label", ""), crafted) for node in modal["components"]]
    if left:
        known = [one["custom_id"] for one in walk(modal["components"]) if one["type"] in FIELDS]
        raise RefusedByClient(f"no field {sorted(left)} in this form; there are {known}")
    return components


def _submitted(node: dict[str, Any], left: dict[str, Any], label: str, crafted: bool) -> dict[str, Any]:
    kind, identity = node["type"], {"id": node.get("id", 0)}
    if kind == TEXT_DISPLAY:
        return {"type": kind, **identity}
    if kind == ACTION_ROW:
        children = [_submitted(one, left, one.get("label", ""), crafted) for one in node["components"]]
        return {"type": kind, **identity, "components": children}
    if kind == LABEL:
        return {"type": kind, **identity, "component": _submitted(node["component"], left, node["label"], crafted)}
    return {"type": kind, **identity, "custom_id": node["custom_id"], **_value(node, left, label, crafted)}


def _value(node: dict[str, Any], left: dict[str, Any], label: str, crafted: bool) -> dict[str, Any]:
    kind, custom_id = node["type"], node["custom_id"]
    given = left.pop(custom_id) if custom_id in left else left.pop(label, None)
    if kind == CHECKBOX:
        return {"value": bool(node.get("default")) if given is None else given}
    if given is None:
        given = _preset(node)
    if not crafted:
        _check(node, given, label or custom_id)
    if kind == TEXT_INPUT:
        return {"value": given or ""}
    if kind == RADIO_GROUP:
        return {"value": None if given is None else _option(node, given, crafted)}
    many = [] if given is None else list(given) if isinstance(given, list | tuple) else [given]
    return {"values": [_option(node, one, crafted) if "options" in node else str(one.id) for one in many]}


def _preset(node: dict[str, Any]) -> Any:
    """Give what the form shows already filled in."""
    if node["type"] == TEXT_INPUT:
        return node.get("value")
    chosen = [option["value"] for option in node.get("options") or [] if option.get("default")]
    return (chosen[0] if node["type"] == RADIO_GROUP else chosen) if chosen else None


def _check(node: dict[str, Any], given: Any, name: str) -> None:
    if node.get("required", True) and given in (None, "", []):
        raise RefusedByClient(f"{name} must be filled in")
    fits = range(node.get("min_length", 0), node.get("max_length", 4000) + 1)
    if node["type"] == TEXT_INPUT and given and len(given) not in fits:
        raise RefusedByClient(f"{name}: {len(given)} characters do not fit")


def _option(node: dict[str, Any], given: str, crafted: bool) -> str:
    options = node.get("options") or []
    for option in options:
        if given in (option["value"], option["label"]):
            return str(option["value"])
    if crafted:
        return given
    raise RefusedByClient(f"{given!r} is not among {[option['label'] for option in options]}")
