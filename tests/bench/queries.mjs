// What queries cost on a running gateway: answers a second, waiting time, and upstream calls.
//
//   node queries.mjs --ready-file PATH [--seconds N] [--connections N]
//
// Each query stands beside the same upstream calls made bare, without GraphQL, in the same run:
// machines differ, ratios less so. The ready file is what `hausgraph demo --ready-file` writes.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    'ready-file': { type: 'string' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '8' },
  },
});
assert(options['ready-file'], 'usage: node queries.mjs --ready-file PATH');
const { graphql, token, sandbox } = JSON.parse(await readFile(options['ready-file'], 'utf8'));
const seconds = Number(options.seconds);
const connections = Number(options.connections);

const units = (per, expand) => [
  `${sandbox.propstack.base_url}/units?page=1&per=${per}&with_meta=1&sort_by=id&order=asc${expand}`,
  { 'x-api-key': sandbox.propstack.api_key },
];
const protocols = [
  `${sandbox.deeprent.base_url}/external/protocols?limit=200&includeDeleted=true`,
  { 'x-api-key': sandbox.deeprent.api_key },
];

const CASES = [
  { name: 'nothing', query: '{ __typename }', bare: [] },
  {
    name: '20 properties, flat',
    query: '{ properties { nodes { id reference title rent { coldRent { amount } } } } }',
    bare: [units(20, '')],
  },
  {
    name: '20 properties with protocols',
    query: '{ properties { nodes { id protocols { nodes { cause createdAt } } } } }',
    bare: [units(20, ''), protocols],
  },
  {
    name: '50 properties with documents',
    query: '{ properties(first: 50) { nodes { id documents { nodes { title } } } } }',
    bare: [units(50, '&expand=1')],
  },
];

async function ask(query) {
  const response = await fetch(graphql, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
}

async function askBare(calls) {
  for (const [url, headers] of calls) await (await fetch(url, { headers })).json();
}

async function upstreamCalls() {
  const counts = await (await fetch(`${sandbox.control}/__sim/counts`)).json();
  const all = Object.values(counts).flatMap((endpoints) => Object.values(endpoints));
  return all.reduce((sum, count) => sum + count, 0);
}

/** Asks on all connections until the time is up; rate, and waiting times in milliseconds. */
async function measure(once) {
  const waits = [];
  const end = performance.now() + seconds * 1000;
  const connection = async () => {
    while (performance.now() < end) {
      const start = performance.now();
      await once();
      waits.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  waits.sort((a, b) => a - b);
  const at = (part) => waits[Math.floor((waits.length - 1) * part)];
  return { count: waits.length, rate: waits.length / seconds, p50: at(0.5), p99: at(0.99) };
}

const rows = [];
for (const { name, query, bare } of CASES) {
  await ask(query);
  const before = await upstreamCalls();
  const ours = await measure(() => ask(query));
  const calls = ((await upstreamCalls()) - before) / ours.count;
  const plain = bare.length > 0 ? await measure(() => askBare(bare)) : undefined;
  rows.push({
    query: name,
    'answers/s': Math.round(ours.rate),
    'p50 ms': ours.p50.toFixed(1),
    'p99 ms': ours.p99.toFixed(1),
    'upstream calls': calls.toFixed(2),
    'bare answers/s': plain ? Math.round(plain.rate) : '',
    'of bare': plain ? `${Math.round((100 * ours.rate) / plain.rate)} %` : '',
  });
}
console.table(rows);
