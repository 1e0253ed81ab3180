/* The shell around the simulated Discord: who you are, which channel is open, what is new, and the demo's time. */

import { $, ask, badge, make, redraw, say, when } from "./page.js";
import { answered, drawEvents, openApps, openEvents } from "./sheets.js";
import { drawTour, tick } from "./tour.js";

const POLL_MS = 500;
const OPENING_POLL_MS = 250;
const FRAMES_KEPT = 8;
const SIGNS = { channel: "#", thread: "↳", private: "↳", direct: "@" };
const KINDS = { channel: "channel", thread: "thread", private: "private thread", direct: "direct message with" };

const state = { person: null, guide: null, channel: null, world: null, frames: new Map(), amongNeighbours: false, ended: false };

function drawPeople({ people, person }) {
  const of = (chosen) => people.filter((one) => one.guides === chosen).map((one) => personItem(one, person));
  $("people").replaceChildren(...of(true));
  $("neighbours").replaceChildren(...of(false));
  const neighbours = people.filter((one) => !one.guides);
  const fresh = neighbours.reduce((sum, one) => sum + (one.key === person ? 0 : one.unread), 0);
  $("neighbours-box").hidden = !neighbours.length;
  $("neighbours-new").hidden = !fresh;
  $("neighbours-new").textContent = fresh ? String(fresh) : "";
  const isNeighbour = neighbours.some((one) => one.key === person);
  if (isNeighbour !== state.amongNeighbours) $("neighbours-box").open = isNeighbour;
  state.amongNeighbours = isNeighbour;
}

function personItem(one, person) {
  return make("li", {}, make("button", {
    type: "button", "data-key": `person:${one.key}`, "data-person": one.key,
    "aria-current": one.key === person ? "true" : null,
    "aria-label": `${one.name}, ${one.role}. ${one.hint}.${one.unread ? ` ${one.unread} new.` : ""}`,
    onclick: () => choose(one.key),
  },
  make("span", { class: "face", "aria-hidden": "true" }, one.name[0]),
  make("span", { class: "who" }, make("b", {}, one.name), make("span", {}, one.role), make("small", {}, one.hint)),
  one.key === person ? null : badge(one.unread)));
}

function drawPlaces({ places, channel }) {
  const groups = new Map();
  for (const place of places) groups.set(place.group, [...(groups.get(place.group) || []), place]);
  $("channels").replaceChildren(...[...groups].map(([name, members], index) =>
    make("section", { "aria-labelledby": `group-${index}` },
      make("h2", { id: `group-${index}` }, name),
      make("ul", { class: "places" }, ...members.map((place) => placeItem(place, channel))))));
}

function placeItem(place, channel) {
  const current = place.id === channel;
  const unread = current ? 0 : place.unread;
  const classes = [place.kind === "thread" || place.kind === "private" ? "inner" : "", unread ? "new" : ""];
  return make("li", {}, make("button", {
    type: "button", class: classes.join(" ").trim() || null, "data-key": `place:${place.id}`,
    "data-channel": place.name,
    "aria-current": current ? "true" : null,
    "aria-label": `${KINDS[place.kind]} ${place.name}${unread ? `, ${unread} new` : ""}`,
    onclick: () => visit(place.id),
  },
  make("span", { class: "sign", "aria-hidden": "true" }, SIGNS[place.kind]),
  make("span", { class: "name" }, place.name, place.kind === "private" ? " 🔒" : ""),
  badge(unread)));
}

function drawTime({ now, zone }) {
  $("day").textContent = when(now, zone, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
  $("hour").textContent = when(now, zone, { hour: "2-digit", minute: "2-digit" });
}

function drawFaults(faults) {
  $("faults").hidden = !faults.length;
  $("fault-count").textContent = faults.length === 1 ? "1 fault of the bot" : `${faults.length} faults of the bot`;
  $("fault-list").replaceChildren(...faults.map((fault) => make("li", {}, fault)));
}

function draw(world) {
  const { places } = world;
  const elsewhere = world.new_events
    + places.reduce((sum, one) => sum + (one.id === state.channel ? 0 : one.unread), 0);
  redraw("people", { people: world.people, person: world.person }, drawPeople);
  redraw("places", { places, channel: state.channel }, drawPlaces);
  drawTour(world, { take, become: choose });
  drawEvents(world);
  redraw("time", { now: world.now.slice(0, 16), zone: world.zone }, () => drawTime(world));
  redraw("faults", world.faults, drawFaults);
  $("open-apps").hidden = !world.apps;
  $("server").textContent = world.server;
  $("elsewhere").hidden = !elsewhere;
  $("elsewhere").textContent = elsewhere ? String(elsewhere) : "";
  const self = world.people.find((one) => one.key === world.person);
  $("self").textContent = self.name;
  $("open-places").setAttribute("aria-label",
    `People and channels. You are ${self.name}.${elsewhere ? ` ${elsewhere} new.` : ""}`);
}

/* What stood in the open channel was seen, also when it came in the moment before one left. */
async function leave() {
  const { person, channel } = state;
  if (!state.frames.get(`${person}:${channel}`) || !here()) return;
  here().unread = 0;
  await ask("/api/seen", { person, channel }).catch(() => null);
}

/* One frame for each person and channel; the latest few stay alive, so that a half-written answer is still there. */
async function visit(channel) {
  closeDrawers();
  if (channel !== state.channel) await leave();
  state.channel = channel;
  const key = `${state.person}:${channel}`;
  let frame = state.frames.get(key);
  show(frame);
  if (!frame) {
    const { url } = await ask("/api/open", { person: state.person, channel });
    frame = state.frames.get(key) || make("iframe", { src: url, referrerpolicy: "no-referrer" });
    frame.hidden = true;
    $("stage").append(frame);
  }
  state.frames.delete(key);
  state.frames.set(key, frame);
  while (state.frames.size > FRAMES_KEPT) {
    const [oldest, gone] = state.frames.entries().next().value;
    state.frames.delete(oldest);
    gone.remove();
  }
  if (key !== `${state.person}:${state.channel}`) return;
  show(frame);
  await look();
}

/* Nobody's view stays on screen for somebody else, not even for a moment. */
function show(frame) {
  for (const other of state.frames.values()) other.hidden = other !== frame;
  if (!frame) wait("Opening…");
  $("waiting").hidden = Boolean(frame);
}

function wait(words, share = null) {
  $("waiting").hidden = false;
  $("waiting-words").textContent = words;
  $("waiting-share").hidden = share === null;
  if (share !== null) $("waiting-share").value = share;
}

/* Who is chosen by hand is followed by their tour; a step of a tour may make one somebody else for a moment. */
async function choose(person) {
  const one = state.world.people.find((each) => each.key === person);
  if (one?.guides) state.guide = person;
  if (person === state.person) {
    closeDrawers();
    await look();
  } else await become(person);
}

async function become(person, place = null) {
  const name = here()?.name;
  await leave();
  state.person = person;
  show(null);
  const world = state.world = await ask(`/api/world?${asking(person)}`);
  const one = world.people.find((each) => each.key === person);
  say(`You are now ${one.name}, ${one.role}.`);
  const goal = find(world, place)
    || world.places.find((each) => each.id === state.channel)
    || world.places.find((each) => each.name === name && each.kind === "direct")
    || find(world, world.opens) || world.places[0];
  await visit(goal.id);
}

function find(world, name) {
  return name && world.places.find((one) => one.name === name);
}

function here() {
  return state.world?.places.find((one) => one.id === state.channel);
}

function asking(person) {
  const query = new URLSearchParams();
  if (person) query.set("person", person);
  if (state.channel) query.set("channel", state.channel);
  if (state.guide) query.set("tour", state.guide);
  return query;
}

/* Does one step of the tour that is shown: be who it says, be where it says, and what else one click can do. */
async function take(number) {
  const { tour, guide } = state.world;
  const step = tour[number];
  const person = step.who || guide;
  closeDrawers();
  if (step.leap) await leap(step.leap);
  if (person !== state.person) await become(person, step.channel);
  else if (step.channel) {
    const place = find(state.world, step.channel);
    if (!place) return say("That channel is not there (any more).");
    await visit(place.id);
  }
  if (step.call) await call(guide, number);
  if (step.looks) tick(state.world, number);
  await look();
}

async function call(guide, number) {
  try {
    answered(await ask("/api/step", { person: guide, channel: state.channel, step: number }));
  } catch {
    say("That is not there any more.");
  }
}

async function look() {
  const person = state.person;
  const world = await ask(`/api/world?${asking(person)}`);
  if (world.opening) return wait(world.opening.what ? `${world.opening.what}…` : "Opening the town…", world.opening.share);
  if (person !== state.person) return;
  state.world = world;
  if (!state.person) state.person = world.person;
  if (!state.guide) state.guide = world.guide;
  if (!here()) {
    await visit((find(world, world.opens) || world.places[0]).id);
    return;
  }
  const frame = state.frames.get(`${state.person}:${state.channel}`);
  if (frame) frame.title = `${here().name}, as ${world.people.find((one) => one.key === state.person).name}`;
  if (here().unread && document.visibilityState === "visible") {
    await ask("/api/seen", { person: state.person, channel: state.channel });
    here().unread = 0;
  }
  draw(world);
}

async function keepLooking() {
  try {
    await look();
    if (state.ended) location.reload();
  } catch {
    state.ended = true;
    show(null);
    wait("The demo has ended. Start it again with: peerled demo");
  }
  setTimeout(keepLooking, state.world ? POLL_MS : OPENING_POLL_MS);
}

async function leap(by) {
  const buttons = [...document.querySelectorAll("[data-leap]")];
  for (const one of buttons) one.disabled = true;
  say("Time is passing…");
  try {
    await ask("/api/leap", { by });
    await look();
    say(`It is now ${$("day").textContent}, ${$("hour").textContent}.`);
  } finally {
    for (const one of buttons) one.disabled = false;
  }
}

const drawers = [["places", "open-places", "(max-width: 700px)"], ["guide", "open-guide", "(max-width: 1099px)"]]
  .map(([panel, opener, narrow]) => ({ panel: $(panel), opener: $(opener), narrow: matchMedia(narrow) }));

function openDrawer(drawer) {
  closeDrawers();
  drawer.panel.classList.add("open");
  drawer.opener.setAttribute("aria-expanded", "true");
  $("scrim").hidden = false;
  $("stage").inert = true;
  drawer.panel.querySelector("button")?.focus();
}

function closeDrawers({ refocus = false } = {}) {
  for (const { panel, opener } of drawers) {
    if (!panel.classList.contains("open")) continue;
    panel.classList.remove("open");
    opener.setAttribute("aria-expanded", "false");
    if (refocus) opener.focus();
  }
  $("scrim").hidden = true;
  $("stage").inert = false;
}

for (const drawer of drawers) {
  drawer.opener.addEventListener("click", () =>
    drawer.panel.classList.contains("open") ? closeDrawers({ refocus: true }) : openDrawer(drawer));
  drawer.narrow.addEventListener("change", () => closeDrawers());
}
$("scrim").addEventListener("click", () => closeDrawers({ refocus: true }));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("sheet").open) closeDrawers({ refocus: true });
});
for (const button of document.querySelectorAll("[data-leap]")) {
  button.addEventListener("click", async () => {
    await leap(button.dataset.leap);
    button.focus();
  });
}
$("open-apps").addEventListener("click", () =>
  openApps(state.person, state.channel).catch(() => say("That is not there any more.")));
$("open-events").addEventListener("click", () => {
  closeDrawers();
  openEvents(state.world);
});
keepLooking();
