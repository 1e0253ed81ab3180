/* The shell around the simulated Discord: who you are, which channel is open, what is new, and the demo's time. */

const POLL_MS = 1000;
const FRAMES_KEPT = 8;
const SIGNS = { channel: "#", thread: "↳", private: "↳", direct: "@" };
const KINDS = { channel: "channel", thread: "thread", private: "private thread", direct: "direct message with" };

const $ = (id) => document.getElementById(id);
const state = { person: null, channel: null, world: null, frames: new Map(), drawn: {}, ended: false };

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

async function ask(path, body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options || {});
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

let sayTimer = 0;
function say(words) {
  $("said").textContent = words;
  $("said").classList.add("shown");
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => $("said").classList.remove("shown"), 2600);
}

/* Draws a part only when what it shows has changed, so that focus and screen readers are left in peace. */
function redraw(part, shown, draw) {
  const key = JSON.stringify(shown);
  if (state.drawn[part] === key) return;
  state.drawn[part] = key;
  const focused = document.activeElement?.dataset?.key;
  draw(shown);
  if (focused && !document.activeElement?.dataset?.key) {
    document.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }
}

function badge(count) {
  return count ? make("span", { class: "badge" }, String(count)) : null;
}

function drawPeople({ people, person }) {
  $("people").replaceChildren(...people.map((one) => make("li", {},
    make("button", {
      type: "button", "data-key": `person:${one.key}`, "data-person": one.key,
      "aria-current": one.key === person ? "true" : null,
      "aria-label": `${one.name}, ${one.role}. ${one.hint}.${one.unread ? ` ${one.unread} new.` : ""}`,
      onclick: () => become(one.key),
    },
    make("span", { class: "face", "aria-hidden": "true" }, one.name[0]),
    make("span", { class: "who" }, make("b", {}, one.name), ` · ${one.role}`, make("small", {}, one.hint)),
    one.key === person ? null : badge(one.unread)))));
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
    type: "button", class: classes.join(" ").trim() || null, "data-key": `place:${place.id}`, "data-channel": place.name,
    "aria-current": current ? "true" : null,
    "aria-label": `${KINDS[place.kind]} ${place.name}${unread ? `, ${unread} new` : ""}`,
    onclick: () => visit(place.id),
  },
  make("span", { class: "sign", "aria-hidden": "true" }, SIGNS[place.kind]),
  make("span", { class: "name" }, place.name, place.kind === "private" ? " 🔒" : ""),
  badge(unread)));
}

function drawTries({ tries, places }) {
  $("tries").replaceChildren(...tries.map((line) => {
    const place = places.find((one) => one.name === line.channel);
    return make("li", {}, place
      ? make("button", { type: "button", "data-key": `try:${line.text}`, onclick: () => visit(place.id) }, line.text)
      : make("span", {}, line.text));
  }));
}

function drawTime({ now, zone }) {
  const instant = new Date(now);
  const words = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }).format(instant);
  $("day").textContent = words({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  $("hour").textContent = words({ hour: "2-digit", minute: "2-digit" });
}

function drawFaults(faults) {
  $("faults").hidden = !faults.length;
  $("fault-count").textContent = faults.length === 1 ? "1 fault of the bot" : `${faults.length} faults of the bot`;
  $("fault-list").replaceChildren(...faults.map((fault) => make("li", {}, fault)));
}

function draw(world) {
  const { places, tries } = world;
  const elsewhere = places.reduce((sum, one) => sum + (one.id === state.channel ? 0 : one.unread), 0);
  redraw("people", { people: world.people, person: world.person }, drawPeople);
  redraw("places", { places, channel: state.channel }, drawPlaces);
  redraw("tries", { tries, places: places.map(({ id, name }) => ({ id, name })) }, drawTries);
  redraw("time", { now: world.now.slice(0, 16), zone: world.zone }, () => drawTime(world));
  redraw("faults", world.faults, drawFaults);
  $("server").textContent = world.server;
  $("elsewhere").hidden = !elsewhere;
  $("elsewhere").textContent = elsewhere ? String(elsewhere) : "";
  const self = world.people.find((one) => one.key === world.person);
  $("self").textContent = self.name;
  $("open-places").setAttribute("aria-label",
    `People and channels. You are ${self.name}.${elsewhere ? ` ${elsewhere} new.` : ""}`);
}

/* One frame for each person and channel; the latest few stay alive, so that a half-written answer is still there. */
async function visit(channel) {
  closeDrawers();
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
  $("waiting").hidden = Boolean(frame);
  $("waiting").textContent = "Opening…";
}

async function become(person) {
  if (person === state.person) return;
  const name = state.world?.places.find((one) => one.id === state.channel)?.name;
  state.person = person;
  show(null);
  const world = state.world = await ask(`/api/world?person=${encodeURIComponent(person)}`);
  const one = world.people.find((each) => each.key === person);
  say(`You are now ${one.name}, ${one.role}.`);
  const place = world.places.find((each) => each.id === state.channel)
    || world.places.find((each) => each.name === name && each.kind === "direct")
    || world.places.find((each) => each.name === world.opens) || world.places[0];
  await visit(place.id);
}

async function look() {
  const person = state.person;
  const world = await ask(`/api/world${person ? `?person=${encodeURIComponent(person)}` : ""}`);
  if (person !== state.person) return;
  state.world = world;
  if (!state.person) state.person = world.person;
  const here = world.places.find((one) => one.id === state.channel);
  if (!here) {
    const start = world.places.find((one) => one.name === world.opens) || world.places[0];
    await visit(start.id);
    return;
  }
  const frame = state.frames.get(`${state.person}:${state.channel}`);
  if (frame) frame.title = `${here.name}, as ${world.people.find((one) => one.key === state.person).name}`;
  if (here.unread && document.visibilityState === "visible") {
    await ask("/api/seen", { person: state.person, channel: state.channel });
    here.unread = 0;
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
    $("waiting").textContent = "The demo has ended. Start it again with: peerled demo";
  }
  setTimeout(keepLooking, POLL_MS);
}

async function leap(button) {
  const buttons = [...document.querySelectorAll("[data-leap]")];
  for (const one of buttons) one.disabled = true;
  say("Time is passing…");
  try {
    await ask("/api/leap", { by: button.dataset.leap });
    await look();
    say(`It is now ${$("day").textContent}, ${$("hour").textContent}.`);
  } finally {
    for (const one of buttons) one.disabled = false;
    button.focus();
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
  if (event.key === "Escape") closeDrawers({ refocus: true });
});
for (const button of document.querySelectorAll("[data-leap]")) button.addEventListener("click", () => leap(button));
keepLooking();
