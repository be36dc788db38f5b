// SPDX-License-Identifier: Apache-2.0
// A long list of which only the rows in sight are in the document. Rows are as tall as the style sheet says.

import { ago } from "./times.js";

export const MOST = 10000; // rows that are kept; older ones go
const BEYOND = 12; // rows above and below those in sight
const PARTS = ["priority", "rule", "where", "node", "text"];

export class List {
  /** `box` scrolls, `template` is a row's; `reached` is called when the end comes near. */
  constructor(box, template, reached) {
    this.box = box;
    this.rows = []; // the newest first
    this.unseen = 0; // new ones above what is in sight
    this.changed = () => {};
    this._ol = box.querySelector("ol");
    this._template = template.content.firstElementChild;
    this._reached = reached;
    this._ids = new Set();
    this._shown = new Map(); // id -> <li>
    this._spare = [];
    this._active = null; // id of the row that Tab leads to
    this._asked = false;
    box.addEventListener("scroll", () => this._scrolled(), { passive: true });
    this._ol.addEventListener("focusin", (event) => this._activate(event.target.closest("li")));
    new ResizeObserver(() => this._measure()).observe(box);
  }

  /** Rows that are not there yet take their places; returns how many these were. */
  merge(rows) {
    const fresh = rows.filter((row) => !this._ids.has(row.id) && this._ids.add(row.id));
    if (!fresh.length) return 0;
    fresh.sort(newer);
    const top = this._held() ? this.rows[this._first()] : null;
    const above = top ? fresh.filter((row) => newer(row, top) < 0).length : 0;
    this.rows = merged(this.rows, fresh);
    for (const row of this.rows.splice(MOST)) this._ids.delete(row.id);
    this.unseen += above;
    this._begin();
    if (above) this.box.scrollTop += above * this._height;
    this._soon();
    return fresh.length;
  }

  /** Takes the place of the rows that the server sent. */
  _begin() {
    if (!this.box.classList.contains("windowed")) {
      this._ol.replaceChildren();
      this.box.classList.add("windowed");
      this._height = 0;
    }
    if (!this._height) this._measure();
    this._ol.style.height = `${this.rows.length * this._height}px`;
  }

  toTop() {
    this.box.scrollTop = 0;
    this._soon();
  }

  /** Moves the focus by so many rows. */
  step(by) {
    const at = this.rows.findIndex((row) => row.id === this._active);
    const to = Math.min(Math.max(at + by, 0), this.rows.length - 1);
    if (to < 0) return;
    this._active = this.rows[to].id;
    const top = to * this._height;
    const { scrollTop, clientHeight } = this.box;
    if (top < scrollTop) this.box.scrollTop = top;
    else if (top + this._height > scrollTop + clientHeight) this.box.scrollTop = top + this._height - clientHeight;
    this._show();
    this._shown.get(this._active).firstElementChild.focus({ preventScroll: true });
  }

  /** Rows that fit into sight. */
  get page() {
    return Math.max(1, Math.floor(this.box.clientHeight / (this._height || 1)) - 1);
  }

  refreshTimes() {
    for (const li of this._shown.values()) setText(li.parts.ago, ago(li.row.at, Date.now()));
  }

  _measure() {
    const sample = this._ol.appendChild(this._template.cloneNode(true));
    this._height = sample.offsetHeight;
    sample.remove();
    if (!this.rows.length) return;
    this._ol.style.height = `${this.rows.length * this._height}px`;
    this._soon();
  }

  /** Whether what is in sight stays where it is when new rows come. */
  _held() {
    return this.rows.length && (this.box.scrollTop > this._height / 2 || this._ol.contains(document.activeElement));
  }

  _first() {
    return Math.min(this.rows.length - 1, Math.floor(this.box.scrollTop / this._height));
  }

  _scrolled() {
    if (this.box.scrollTop < this._height / 2) this.unseen = 0;
    this._soon();
  }

  _soon() {
    if (this._asked) return;
    this._asked = true;
    requestAnimationFrame(() => this._show());
  }

  _show() {
    this._asked = false;
    const places = this._places();
    const wanted = new Set(places.map((at) => this.rows[at].id));
    for (const [id, li] of this._shown) if (!wanted.has(id)) this._drop(id, li);
    if (!this._ids.has(this._active)) this._active = this.rows[0]?.id ?? null;
    places.forEach((at, nth) => {
      const li = this._row(this.rows[at], at);
      const here = this._ol.children[nth];
      if (here !== li) this._ol.insertBefore(li, here ?? null);
    });
    this.changed();
    if (places.length && places.at(-1) > this.rows.length - 200) this._reached();
  }

  /** Indices of the rows that are in the document: those in sight, some beyond, and the one that has the focus. */
  _places() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / this._height) - BEYOND);
    const last = Math.min(this.rows.length, first + Math.ceil(this.box.clientHeight / this._height) + 2 * BEYOND);
    const places = Array.from({ length: Math.max(0, last - first) }, (_, nth) => first + nth);
    const active = this.rows.findIndex((row) => row.id === this._active);
    if (active >= 0 && active < first) places.unshift(active);
    if (active >= last) places.push(active);
    return places;
  }

  _row(row, at) {
    let li = this._shown.get(row.id);
    if (!li) {
      li = this._spare.pop() ?? this._made();
      fill(li, row);
      this._shown.set(row.id, li);
    }
    const top = `translateY(${at * this._height}px)`;
    if (li.style.transform !== top) li.style.transform = top;
    li.ariaPosInSet = String(at + 1);
    li.ariaSetSize = String(this.rows.length);
    li.firstElementChild.tabIndex = row.id === this._active ? 0 : -1;
    return li;
  }

  _made() {
    const li = this._template.cloneNode(true);
    li.parts = Object.fromEntries([...li.querySelectorAll("[data-part]")].map((one) => [one.dataset.part, one]));
    return li;
  }

  _drop(id, li) {
    this._shown.delete(id);
    li.remove();
    if (this._spare.length < 100) this._spare.push(li);
  }

  _activate(li) {
    if (!li?.row || li.row.id === this._active) return;
    const before = this._shown.get(this._active);
    if (before) before.firstElementChild.tabIndex = -1;
    this._active = li.row.id;
    li.firstElementChild.tabIndex = 0;
  }
}

/** What the server sent becomes text, also where it looks like markup. */
function fill(li, row) {
  li.row = row;
  li.className = `row p${Number(row.severity)}`;
  li.firstElementChild.setAttribute("href", `/alert/${encodeURIComponent(row.id)}`);
  for (const part of PARTS) setText(li.parts[part], row[part]);
  const time = li.parts.ago;
  setText(time, ago(row.at, Date.now()));
  time.dateTime = row.instant;
  time.title = row.absolute;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Nanoseconds are texts of one length until the year 2286. */
function newer(one, other) {
  return one.ns === other.ns ? (one.id < other.id ? -1 : 1) : one.ns > other.ns ? -1 : 1;
}

function merged(old, fresh) {
  const all = [];
  let at = 0;
  for (const row of fresh) {
    while (at < old.length && newer(old[at], row) < 0) all.push(old[at++]);
    all.push(row);
  }
  return all.concat(old.slice(at));
}
