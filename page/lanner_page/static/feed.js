// SPDX-License-Identifier: Apache-2.0
// Alerts of the server: the latest, older ones, and those that happen from now on. What a connection missed is
// asked for again, so no row is left out for longer than half a minute.

const LATEST = 200;
export const PAGE = 1000;
const DEEPEST = 10; // pages that are asked for to fill a gap: as many rows as a list keeps
const AGAIN_MS = 30000;
const RETRY_MS = 5000;

export class Feed {
  /** `query`: the page's own. `told` hears `happened(rows)`, `rows(rows)` of what was asked for, which
   * returns how many were new, and `notices(sentences)`, `state(word)`, `missed(number)`; `held()` is asked. */
  constructor(query, told) {
    this._query = new URLSearchParams(query);
    this._query.delete("before");
    this._told = told;
    this._empty = true; // nothing came yet
  }

  /** Follows from now on. */
  follow() {
    this._connect();
    setInterval(() => document.hidden || this.latest(), AGAIN_MS);
  }

  _connect() {
    const source = new EventSource(`/live?${this._query}`);
    source.addEventListener("open", () => {
      this._told.state("live");
      this.latest();
    });
    source.addEventListener("alerts", (event) => this._told.happened(JSON.parse(event.data)));
    source.addEventListener("missed", (event) => this._missed(Number(event.data)));
    source.addEventListener("error", () => this._lost(source));
  }

  /** Asks for the newest, and on until one comes that was there before. */
  async latest(limit = LATEST) {
    if (this._told.held()) return; // who holds asks afterwards
    const first = this._empty;
    let found = await this._ask(null, limit);
    for (let page = 0; page < DEEPEST && found && !first; page++) {
      if (found.fresh < found.rows.length - (page ? 1 : 0) || found.rows.length < found.limit) return;
      found = await this._ask(found.rows.at(-1).ns, PAGE);
    }
  }

  /** Those before a row; returns false when there are none. */
  async older(ns) {
    const found = await this._ask(ns, PAGE);
    return !found || found.rows.length >= PAGE;
  }

  async _missed(number) {
    this._told.missed(number);
    await this.latest(PAGE);
  }

  _lost(source) {
    this._told.state("lost");
    if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
    this.latest();
    setTimeout(() => this._connect(), RETRY_MS);
  }

  /** The rows that came, and how many were new; null when they could not be asked for. With `before`, a row's ns,
   * that row comes once more: others may be of the same nanosecond. */
  async _ask(before, limit) {
    const query = new URLSearchParams(this._query);
    query.set("limit", limit);
    if (before) query.set("before", (BigInt(before) + 1n).toString());
    try {
      const answer = await fetch(`/alerts.json?${query}`, { cache: "no-store" });
      if (answer.status === 401) this._told.state("closed");
      if (!answer.ok) return null;
      const { alerts, notices } = await answer.json();
      this._told.notices(notices);
      this._empty &&= !alerts.length;
      return { rows: alerts, fresh: this._told.rows(alerts), limit };
    } catch {
      this._told.state("lost");
      return null;
    }
  }
}
