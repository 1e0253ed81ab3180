/* The two sheets over the channel: the bot's apps on messages and people, and the server's events. */

import { $, ask, badge, make, redraw, say, when } from "./page.js";

function open(title, ...children) {
  $("sheet-title").textContent = title;
  $("sheet-body").replaceChildren(...children);
  if (!$("sheet").open) $("sheet").showModal();
}

$("sheet-close").addEventListener("click", () => $("sheet").close());
$("sheet").addEventListener("click", (event) => {
  if (event.target === $("sheet")) $("sheet").close();
});

/* -- Apps: first on what, then which command, as Discord's own menu has it. ------------------------------------- */

export async function openApps(person, channel) {
  const query = new URLSearchParams({ person, channel });
  const apps = await ask(`/api/apps?${query}`);
  const sections = [
    ["message", "On a message", apps.messages, apps.on_message, "No messages here yet."],
    ["person", "On a person", apps.people, apps.on_person, "Nobody is here."],
  ].filter(([, , , commands]) => commands.length);
  const again = () => open("Apps", ...sections.map(([on, title, targets, commands, none]) =>
    make("section", {}, make("h3", {}, title), targets.length
      ? make("ul", { class: "choices" }, ...targets.map((target) => choice(target, () => pick(on, target, commands))))
      : make("p", { class: "none" }, none))));
  const pick = (on, target, commands) => open("Apps",
    make("p", { class: "picked" }, make("b", {}, target.name), ` ${target.text}`),
    make("ul", { class: "choices" }, ...commands.map((command) => make("li", {}, make("button", {
      type: "button", "data-command": command,
      onclick: () => use({ person, channel, command, on, target: target.id }),
    }, command)))),
    make("button", { type: "button", class: "back", onclick: again }, "Back"));
  again();
}

function choice(target, onclick) {
  return make("li", {}, make("button", { type: "button", "data-target": target.id, onclick },
    make("b", {}, target.name), make("span", {}, target.text)));
}

async function use(asked) {
  $("sheet").close();
  try {
    answered(await ask("/api/apps", asked));
  } catch {
    say("That is not there any more.");
  }
}

export function answered({ answer }) {
  if (answer === "nothing") say("The bot did not answer.");
}

/* -- Events ------------------------------------------------------------------------------------------------------ */

let shownEvents = null;

export function drawEvents(world) {
  redraw("events-opener", { count: world.events.length, fresh: world.new_events, person: world.person }, () => {
    $("open-events").classList.toggle("new", world.new_events > 0);
    $("events-badge").replaceChildren(...[badge(world.new_events)].filter(Boolean));
    $("open-events").setAttribute("aria-label", `Events${world.new_events ? `, ${world.new_events} new` : ""}`);
  });
  if (shownEvents && !$("sheet").open) shownEvents = null;
  if (shownEvents) redraw("events", world.events, () => fillEvents(world));
}

export async function openEvents(world) {
  shownEvents = world.person;
  fillEvents(world);
  await ask("/api/events/seen", { person: world.person });
}

function fillEvents(world) {
  open("Events", world.events.length
    ? make("ul", { class: "events" }, ...world.events.map((event) => eventItem(event, world)))
    : make("p", { class: "none" }, "Nothing is planned yet. What leaders plan for everybody stands here."));
}

function eventItem(event, world) {
  const instant = when(event.starts_at, world.zone,
    { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
  return make("li", {},
    make("p", { class: "instant" }, event.running ? `Now, since ${instant}` : instant),
    make("h3", {}, event.name),
    event.about ? make("p", {}, event.about) : null,
    event.where ? make("p", { class: "where" }, event.where) : null,
    make("div", { class: "interest" },
      make("span", {}, `${event.interested} interested`),
      make("button", {
        type: "button", "data-key": `interest:${event.id}`, "aria-pressed": event.mine ? "true" : "false",
        onclick: () => ask("/api/events/interest", { person: world.person, event: event.id, interested: !event.mine })
          .catch(() => say("That is not there any more.")),
      }, event.mine ? "✓ Interested" : "Interested")));
}
