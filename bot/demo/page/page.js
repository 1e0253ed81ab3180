/* What all parts of the shell use: elements, questions to the server, and short announcements. */

export const $ = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== false && value !== undefined) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export async function ask(path, body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options || {});
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

let sayTimer = 0;
export function say(words) {
  $("said").textContent = words;
  $("said").classList.add("shown");
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => $("said").classList.remove("shown"), 2600);
}

/* Draws a part only when what it shows has changed, so that focus and screen readers are left in peace. */
const drawn = {};
export function redraw(part, shown, draw) {
  const key = JSON.stringify(shown);
  if (drawn[part] === key) return;
  drawn[part] = key;
  const focused = document.activeElement?.dataset?.key;
  draw(shown);
  if (focused && !document.activeElement?.dataset?.key) {
    document.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }
}

export function badge(count) {
  return count ? make("span", { class: "badge" }, String(count)) : null;
}

export function when(instant, zone, options) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }).format(new Date(instant));
}
