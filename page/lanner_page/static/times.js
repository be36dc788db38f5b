// SPDX-License-Identifier: Apache-2.0
// Relative times that stay true: every <time class="ago"> of the page.

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

/** Milliseconds since the epoch -> "3 min ago", as the server writes it. */
export function ago(at, now) {
  const seconds = Math.floor((now - at) / 1000);
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? [0, ""];
  return size ? `${Math.floor(seconds / size)} ${unit} ago` : "now";
}

function refresh() {
  for (const one of document.querySelectorAll("time.ago")) {
    one.textContent = ago(Date.parse(one.dateTime), Date.now());
  }
}

setInterval(refresh, 5000);
