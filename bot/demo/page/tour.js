/* The tours: one for each kind of person, short lines that lead to their channel and are ticked off as one goes. */

import { $, make, redraw } from "./page.js";

/* Steps that were only looked at are remembered by this page alone, for as long as this demo runs. */
function remembered(start) {
  try {
    return JSON.parse(sessionStorage.getItem(`looked:${start}`)) || [];
  } catch {
    return [];
  }
}

export function tick(world, number) {
  const looked = new Set([...remembered(world.start), `${world.guide}:${number}`]);
  try {
    sessionStorage.setItem(`looked:${world.start}`, JSON.stringify([...looked]));
  } catch {
    /* A browser that keeps nothing shows the step as open: the tour goes on all the same. */
  }
}

/* Steps with what stands to their left: a tick, or their number; the first open one is the next. */
function progress(world) {
  const looked = new Set(remembered(world.start));
  const ticked = world.tour.map((step, number) => step.done || looked.has(`${world.guide}:${number}`));
  return { ticked, next: ticked.indexOf(false), done: ticked.filter(Boolean).length };
}

export function drawTour(world, { take, become }) {
  const guides = world.people.filter((one) => one.guides);
  const { ticked, next, done } = progress(world);
  const shown = { guide: world.guide, guides: guides.map((one) => one.key), aim: world.aim, tour: world.tour, ticked };
  redraw("tour", shown, () => {
    drawKinds(world, guides, become);
    drawSteps(world, ticked, next, take);
    drawEnd(world, guides, next, become);
  });
  redraw("coach", { guide: world.guide, next, all: world.tour.length }, () => drawCoach(world, next, done, { take, become }));
}

function drawKinds(world, guides, become) {
  $("kinds").replaceChildren(...guides.map((one) => make("button", {
    type: "button", "data-key": `kind:${one.key}`, "data-tour": one.key,
    "aria-pressed": one.key === world.guide ? "true" : "false",
    onclick: () => become(one.key),
  }, one.role[0].toUpperCase() + one.role.slice(1))));
  $("aim").textContent = world.aim;
}

function drawSteps(world, ticked, next, take) {
  $("steps").replaceChildren(...world.tour.map((step, number) => make("li", {
    class: [ticked[number] ? "ticked" : "", number === next ? "next" : ""].join(" ").trim() || null,
  },
  make("button", {
    type: "button", "data-key": `step:${world.guide}:${number}`, "data-step": String(number),
    "aria-current": number === next ? "step" : null, onclick: () => take(number),
  },
  make("span", { class: "mark", "aria-hidden": "true" }, ticked[number] ? "✓" : String(number + 1)),
  make("span", { class: "line" }, make("small", {}, step.programme),
    make("span", {}, step.text), ticked[number] ? make("span", { class: "unseen" }, " (done)") : null)))));
}

function drawEnd(world, guides, next, become) {
  const follower = after(world, guides);
  $("tour-end").hidden = next !== -1 || !world.tour.length || !follower;
  if ($("tour-end").hidden) return;
  $("tour-end").replaceChildren("That was this tour. ", make("button", {
    type: "button", "data-key": "follower", onclick: () => become(follower.key),
  }, `Next: ${follower.role}`));
}

function after(world, guides) {
  return guides[(guides.findIndex((one) => one.key === world.guide) + 1) % guides.length];
}

/* Where the guide is a drawer, the next line stands above the thumb's buttons, and after the last the next tour. */
function drawCoach(world, next, done, { take, become }) {
  const follower = after(world, world.people.filter((one) => one.guides));
  const isOver = next === -1;
  $("guide-count").textContent = world.tour.length ? `${done}/${world.tour.length}` : "";
  $("coach").hidden = isOver && !follower;
  if ($("coach").hidden) return;
  $("coach").replaceChildren(make("span", { class: "mark", "aria-hidden": "true" }, isOver ? "→" : String(next + 1)),
    make("span", {}, isOver ? `Next tour: ${follower.role}` : world.tour[next].text));
  $("coach").onclick = () => (isOver ? become(follower.key) : take(next));
}
