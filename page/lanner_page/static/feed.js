// SPDX-License-Identifier: Apache-2.0
// Alerts of the server: the latest, older ones, and those that happen from now on. What a connection missed is
// asked for again, so no row is left out for longer than half a minute.

const LATEST = 200;
const PAGE = 1000;
const AGAIN_MS = 30000;
const RETRY_MS = 5000;

export class Feed {
  /** `query`: the page's own. `told` hears `happened(rows)`, `rows(rows)` of what was asked for, and
   * `notices(sentences)`, `state(word)`, `missed(number)`. */
  constructor(query, told) {
    this._query = new URLSearchParams(query);
    this._query.delete("before");
    this._told = told;
    this._fetching = false;
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

  /** Asks for the newest; those that are there already come again. */
  latest(limit = LATEST) {
    return this._ask(null, limit);
  }

  /** Those before a row; returns false when there are none. */
  async older(ns) {
    if (this._fetching) return true;
    this._fetching = true;
    try {
      const found = await this._ask((BigInt(ns) + 1n).toString(), PAGE);
      return found === null || found >= PAGE;
    } finally {
      this._fetching = false;
    }
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

  /** The number of alerts that came, null when none could be asked for. */
  async _ask(before, limit) {
    const query = new URLSearchParams(this._query);
    query.set("limit", limit);
    if (before) query.set("before", before);
    try {
      const answer = await fetch(`/alerts.json?${query}`, { cache: "no-store" });
      if (answer.status === 401) this._told.state("closed");
      if (!answer.ok) return null;
      const { alerts, notices } = await answer.json();
      this._told.notices(notices);
      this._told.rows(alerts);
      return alerts.length;
    } catch {
      this._told.state("lost");
      return null;
    }
  }
}
