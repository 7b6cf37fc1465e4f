// The client of `graphql-ws` against a running gateway.
//
//   node graphql_ws.mjs --ready-file PATH
//
// The ready file is what `hausgraph demo --ready-file` writes.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { parseArgs } from 'node:util';

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const { values: options } = parseArgs({ options: { 'ready-file': { type: 'string' } } });
assert(options['ready-file'], 'usage: node graphql_ws.mjs --ready-file PATH');
const gateway = JSON.parse(await readFile(options['ready-file'], 'utf8'));
const url = `${gateway.graphql.replace(/^http/, 'ws')}/ws`;

/** A client that gives up at once, and ends with its test. */
const connect = (t, connectionParams) => {
  const client = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
  t.after(() => client.dispose());
  return client;
};

/** Everything that an operation answers. */
const answers = async (client, query, variables) => {
  const results = [];
  for await (const result of client.iterate({ query, variables })) results.push(result);
  return results;
};

describe('graphql-ws', () => {
  const admitted = { Authorization: `Bearer ${gateway.token}` };

  test('reads data of three systems', async (t) => {
    const query = `query ($first: Int!) {
      properties(first: $first) {
        nodes { title protocols { nodes { cause } } projects { nodes { name } } }
      }
    }`;
    const results = await answers(connect(t, admitted), query, { first: 20 });
    assert.equal(results.length, 1);
    assert.equal(results[0].errors, undefined);
    const { nodes } = results[0].data.properties;
    assert.equal(nodes.length, 20);
    for (const node of nodes) assert.equal(typeof node.title, 'string');
    assert(nodes.some((node) => node.protocols.nodes.length > 0), 'a protocol');
    assert(nodes.some((node) => node.projects.nodes.length > 0), 'a project');
  });

  test('is told what is wrong with an operation, and goes on', async (t) => {
    const client = connect(t, admitted);
    for (const [query, code] of [
      ['{ nonsense }', 'BAD_USER_INPUT'],
      [`{ ${'viewer { '.repeat(70)}`, 'QUERY_TOO_COSTLY'],
    ]) {
      await assert.rejects(answers(client, query), (errors) => {
        assert.equal(errors[0].extensions.code, code);
        return true;
      });
    }
    assert.deepEqual(await answers(client, '{ __typename }').then(([{ data }]) => data), {
      __typename: 'Query',
    });
  });

  test('runs operations beside each other', async (t) => {
    const client = connect(t, { token: gateway.token });
    const all = await Promise.all(Array.from({ length: 20 }, () => answers(client, '{ __typename }')));
    for (const [{ data }] of all) assert.equal(data.__typename, 'Query');
  });

  test('is not let in with a bad token', async (t) => {
    const client = connect(t, { Authorization: 'Bearer nonsense' });
    await assert.rejects(answers(client, '{ __typename }'), (event) => {
      assert.equal(event.code, 4403);
      return true;
    });
  });
});
