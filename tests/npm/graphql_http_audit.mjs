// Runs every server audit of `graphql-http` against a running gateway.
//
// Usage: node graphql_http_audit.mjs [URL] [TOKEN], or by HAUSGRAPH_URL and HAUSGRAPH_TOKEN.
// The URL is that of the GraphQL endpoint. Fails on any warning, any error and any missing audit;
// a notice is about something that the specification leaves open.

import { auditServer } from "graphql-http";

const url = process.argv[2] ?? process.env.HAUSGRAPH_URL;
const token = process.argv[3] ?? process.env.HAUSGRAPH_TOKEN;
if (!url || !token) {
  console.error("usage: node graphql_http_audit.mjs URL TOKEN");
  process.exit(2);
}

// The audits know nothing of tokens, and nothing here answers without one.
const fetchFn = (input, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${token}`);
  return fetch(input, { ...init, headers });
};

const results = await auditServer({ url, fetchFn });
const tally = { ok: 0, notice: 0, warn: 0, error: 0 };
for (const { id, name, status, reason } of results) {
  tally[status] += 1;
  console.log(`${status.padEnd(6)} ${id} ${name}${reason ? `: ${reason}` : ""}`);
}
console.log(Object.entries(tally).map(([status, count]) => `${count} ${status}`).join(", "));

// 61 with the version that the lock file names; fewer would mean that audits were skipped.
process.exit(tally.warn + tally.error > 0 || results.length < 61 ? 1 : 0);
