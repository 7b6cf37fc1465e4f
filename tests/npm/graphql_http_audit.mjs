// Every server audit of `graphql-http` against a running gateway, each a test of its own.
//
//   node graphql_http_audit.mjs --ready-file PATH
//
// The ready file is what `hausgraph demo --ready-file` writes. A warning fails like an error; a
// notice is about something that the specification leaves open.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { parseArgs } from 'node:util';

import { serverAudits } from 'graphql-http';

/** As many as the version in the lock file has; fewer would mean that some were skipped. */
const AUDITS = 61;

const { values: options } = parseArgs({ options: { 'ready-file': { type: 'string' } } });
assert(options['ready-file'], 'usage: node graphql_http_audit.mjs --ready-file PATH');
const gateway = JSON.parse(await readFile(options['ready-file'], 'utf8'));

// The audits know nothing of tokens, and nothing here answers without one.
const fetchFn = (input, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${gateway.token}`);
  return fetch(input, { ...init, headers });
};
const audits = serverAudits({ url: gateway.graphql, fetchFn });

describe('GraphQL over HTTP', () => {
  test('has all its audits', () => assert.equal(audits.length, AUDITS));
  for (const audit of audits) {
    test(`${audit.id} ${audit.name}`, async (t) => {
      const { status, reason } = await audit.fn();
      if (status === 'notice') t.diagnostic(reason);
      else assert.equal(status, 'ok', reason);
    });
  }
});
