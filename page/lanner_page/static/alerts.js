// SPDX-License-Identifier: Apache-2.0
// The view of alerts: its list, what is live, the keys.

import { Feed, PAGE } from "./feed.js";
import { List, MOST } from "./list.js";

const SPEAK_MS = 15000;
const STATES = {
  live: ["Live", "on"],
  lost: ["No connection: trying again", "off"],
  closed: ["This session has ended: open the page with a new link", "off"],
  paused: ["Paused", ""],
};
const byId = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");
const plural = (count, word) => `${number.format(count)} ${word}${count === 1 ? "" : "s"}`;

const box = byId("list");
const past = box.dataset.before; // a page of older alerts does not follow
const list = new List(box, byId("row"), reached);
const feed = new Feed(location.search, { happened, rows, notices, state, missed, held });
let paused = null; // rows that wait, while it is
let more = true; // there may be older ones
let spoken = 0;
let missing = 0; // alerts that this page was too slow for

function happened(found) {
  if (paused) {
    paused = paused.concat(found).slice(-MOST);
    label();
  } else {
    rows(found);
  }
}

function held() {
  return paused !== null;
}

function rows(found) {
  const count = list.merge(found);
  byId("empty").hidden = list.rows.length > 0;
  speak(count);
  return count;
}

function notices(sentences) {
  const items = sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence }));
  byId("notices").firstElementChild.replaceChildren(...items);
  byId("notices").hidden = !items.length;
}

function state(word) {
  const [text, kind] = STATES[paused && word === "live" ? "paused" : word];
  byId("live").textContent = text;
  byId("live").className = `live ${kind}`;
  byId("live").hidden = false;
}

function missed(count) {
  missing += count;
  byId("missed").textContent = `${plural(missing, "alert")} came faster than this page reads, and were asked for again`;
  byId("missed").hidden = false;
}

/** For screen readers, and not more often than they can say it. */
function speak(count) {
  if (!count || Date.now() - spoken < SPEAK_MS) return;
  spoken = Date.now();
  byId("spoken").textContent = `${plural(list.rows.length, "alert")}, the latest: ${list.rows[0].rule}`;
}

function shown() {
  const full = list.rows.length >= MOST ? ", older ones by the link below" : "";
  if (full) olderLink(list.rows.at(-1));
  byId("state").textContent = list.rows.length ? `${plural(list.rows.length, "alert")}, newest first${full}` : "No alerts";
  byId("fresh").hidden = !list.unseen;
  byId("fresh").textContent = `${plural(list.unseen, "new alert")} above`;
}

async function reached() {
  const last = list.rows.at(-1);
  if (!more || !last || list.rows.length >= MOST) return;
  more = false;
  more = await feed.older(last.ns);
}

function olderLink(last) {
  const link = byId("older");
  if (!link) return;
  const query = new URLSearchParams(location.search);
  query.set("before", (BigInt(last.ns) + 1n).toString());
  link.firstElementChild.setAttribute("href", `/?${query}`);
  link.hidden = false;
}

/** What a connection missed meanwhile comes first: it is asked for until a row comes that is there. */
async function goOn() {
  const waiting = paused;
  paused = null;
  state("live");
  await feed.latest(PAGE);
  rows(waiting);
}

function pause() {
  if (paused) {
    goOn();
  } else {
    paused = [];
    state("paused");
  }
  byId("pause").setAttribute("aria-pressed", String(paused !== null));
  label();
}

function label() {
  byId("pause").textContent = paused?.length ? `Pause (${plural(paused.length, "alert")} waiting)` : "Pause";
}

const KEYS = {
  ArrowDown: () => list.step(1),
  j: () => list.step(1),
  ArrowUp: () => list.step(-1),
  k: () => list.step(-1),
  PageDown: () => list.step(list.page),
  PageUp: () => list.step(-list.page),
  Home: () => list.step(-list.rows.length),
  End: () => list.step(list.rows.length),
  "/": () => document.querySelector("#filter [name=text]").focus(),
  p: () => past || pause(),
};

// Keys of one letter work in the list only, so that they disturb no speech input elsewhere.
box.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

// What is not asked for does not stand in the URL.
byId("filter").addEventListener("submit", (event) => {
  for (const one of event.target.elements) if (one.name && !one.value) one.disabled = true;
});
addEventListener("pageshow", () => {
  for (const one of byId("filter").elements) one.disabled = false;
});

list.changed = shown;
byId("fresh").addEventListener("click", () => list.toTop());
byId("pause").addEventListener("click", pause);
setInterval(() => list.refreshTimes(), 1000);
if (byId("older")) byId("older").hidden = true;
if (past) {
  feed.older((BigInt(past) - 1n).toString());
} else {
  byId("pause").hidden = false;
  feed.follow();
}
