// The playground in a real browser, against a running demo gateway.
//
//   node playground.mjs --ready-file PATH [--screenshot PATH]
//
// The ready file is what `hausgraph demo --ready-file` writes. The browser reaches nothing but the
// gateway: names do not resolve, and any request to another origin is stopped and fails the test.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual, parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

const FIRST_LOAD_LIMIT_BYTES = 1_500_000;
const OPERATIONS = new URL('../../playground/operations/', import.meta.url);
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const SYSTEMS = ['DEEPRENT', 'PROPSTACK', 'PROPSTREET'];

const { values: options } = parseArgs({
  options: { 'ready-file': { type: 'string' }, screenshot: { type: 'string' } },
});
assert(options['ready-file'], 'usage: node playground.mjs --ready-file PATH [--screenshot PATH]');
const gateway = JSON.parse(await readFile(options['ready-file'], 'utf8'));
const origin = new URL(gateway.playground).origin;
const samples = await readSamples();

let browser;
before(async () => {
  const executablePath = BROWSERS.find(existsSync);
  assert(executablePath, `no browser found: looked for ${BROWSERS.join(', ')}`);
  const isolation = ['--disable-gpu', '--disable-quic', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];
  // Chromium has no sandbox for root, as in a container.
  const sandbox = process.getuid() === 0 ? ['--no-sandbox'] : [];
  browser = await chromium.launch({ executablePath, args: [...isolation, ...sandbox] });
});
after(() => browser?.close());

describe('playground', () => {
  test('loads from the gateway alone, in little', (t) =>
    visit(async (page, { wireBytes }) => {
      assert.equal(await page.title(), 'Hausgraph');
      await page.getByRole('heading', { name: 'Hausgraph' }).waitFor();
      await page.getByText('simulated upstreams').waitFor();
      t.diagnostic(`first load: ${wireBytes()} bytes on the wire`);
      assert(wireBytes() > 100_000, 'the count of bytes does not count');
      assert(wireBytes() < FIRST_LOAD_LIMIT_BYTES);
    }));

  test('opens every sample operation as a tab', () =>
    visit(async (page) => {
      const tabs = await page.locator('.graphiql-tab-button').allTextContents();
      assert.deepEqual(tabs, samples.map(({ name }) => name));
    }));

  test('fills in the token of the demo', () =>
    visit(async (page) => {
      await page.getByRole('button', { name: 'Headers' }).click();
      await page.getByText(`Bearer ${gateway.token}`).waitFor();
    }));

  test('answers from three systems on Ctrl+Enter', () =>
    visit(async (page) => {
      const shown = await run(page);
      assertSame(shown, await ask(samples[0]));
      assert.deepEqual([...systemsIn(shown.data)].sort(), SYSTEMS);
      const { reference } = shown.data.properties.nodes[0];
      await page.locator('.result-window').getByText(`"${reference}"`).first().waitFor();
    }));

  test('sends the variables of a sample with the run button', () =>
    visit(async (page) => {
      const sample = samples.find(({ variables }) => variables?.first);
      await page.getByRole('button', { name: sample.name, exact: true }).click();
      await editor(page, sample);
      await page.getByRole('button', { name: 'Execute query' }).click();
      const shown = await answer(page);
      assertSame(shown, await ask(sample));
      assert.equal(shown.data.properties.edges.length, sample.variables.first);
    }));

  test('shows the documentation of the schema', () =>
    visit(async (page) => {
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      await page.getByRole('link', { name: 'Query', exact: true }).click();
      await page.getByRole('link', { name: 'PropertyConnection', exact: true }).waitFor();
    }));

  test('keeps the dark theme and the access over a reload', () =>
    visit(async (page) => {
      const lightness = () =>
        page.locator('.graphiql-container').evaluate((container) => {
          const [red] = getComputedStyle(container).backgroundColor.match(/\d+/g);
          return Number(red);
        });
      assert((await lightness()) > 200, 'does not start light for a light system');
      await page.getByRole('button', { name: 'Open settings dialog' }).click();
      await page.getByRole('button', { name: 'Dark' }).click();
      await page.keyboard.press('Escape');
      assert((await lightness()) < 80, 'did not turn dark');
      await page.reload();
      await editor(page);
      assert((await lightness()) < 80, 'forgot to be dark');
      assert.equal((await run(page)).errors, undefined);
    }));
});

describe('waterfall', () => {
  test('shows a bar for each upstream call of the answer, and no text of it', () =>
    visit(async (page) => {
      await page.getByText('Upstream calls are shown here').waitFor();
      const [shown, told] = await runAndListen(page);
      assert.equal(shown.extensions, undefined);
      assert(told.calls.length > 5);
      assert.deepEqual(await operationsIn(page), told.calls.map(({ operation }) => operation));
      const boxes = await bars(page);
      assert.equal(boxes.length, told.calls.length);
      const pixels = (boxes[boxes.length - 1].x - boxes[0].x) / (told.calls.at(-1).startMs - told.calls[0].startMs);
      for (const [index, { startMs, durationMs }] of told.calls.entries()) {
        const { x, width } = boxes[index];
        assert(Math.abs(x - boxes[0].x - pixels * (startMs - told.calls[0].startMs)) < 2, 'a bar starts elsewhere');
        assert(Math.abs(width - Math.max(2, pixels * durationMs)) < 2, 'a bar is not as long as its call');
      }
      await page.getByRole('status').getByText(`${told.calls.length} upstream calls, `).waitFor();
      if (options.screenshot) await page.screenshot({ path: options.screenshot });
    }));

  test('shows how many records a call asks for', () =>
    visit(async (page) => {
      const list = await ask({ query: '{ properties(first: 7) { nodes { id } } }' });
      const ids = list.data.properties.nodes.map(({ id }) => id);
      const name = await write(page, `query Seven { nodes(ids: ${JSON.stringify(ids)}) { id } }`);
      const [, told] = await runAndListen(page, name);
      assert.deepEqual(told.calls.map(({ keys }) => keys), [7]);
      assert.deepEqual(await operationsIn(page), ['list_units_by_id ×7']);
      await page.getByRole('status').getByText('1 upstream call, 7 records by id, ').waitFor();
    }));

  test('says which attempts failed, and how', () =>
    visit(async (page) => {
      const faults = `${gateway.sandbox.control}/__sim/faults`;
      const fault = { system: 'deeprent', fault: { status: 503 }, times: 1 };
      const added = await fetch(faults, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fault),
      });
      assert(added.ok, await added.text());
      try {
        const name = await write(page, 'query Retry { protocols(first: 1) { nodes { cause } } }');
        await runAndListen(page, name);
      } finally {
        await fetch(faults, { method: 'DELETE' });
      }
      assert.deepEqual(await page.locator('.cost-remark').allTextContents(), ['status 503', 'attempt 2']);
      assert.equal(await page.locator('.cost-bar[data-failed=true]').count(), 1);
    }));

  test('shows what the cache knew, whom we waited with and what is left', () =>
    visit(async (page) => {
      const told = {
        elapsedMs: 12.5,
        calls: [
          { system: 'PROPSTREET', operation: 'list_projects', keys: 1, attempt: 1, startMs: 0.5, durationMs: 11.0,
            status: 200, outcome: 'ANSWERED', bytes: 1234, isShared: true, budgetLeft: 598 },
        ],
        hits: [
          { system: 'PROPSTACK', operation: 'list_units_by_id', keys: 3, ageSeconds: 12, isStale: false },
          { system: 'DEEPRENT', operation: 'list_protocols', keys: 1, ageSeconds: 1, isStale: true },
        ],
        budgets: [{ system: 'PROPSTREET', left: 598 }],
      };
      await page.route(gateway.graphql, (route) =>
        route.fulfill({ json: { data: {}, extensions: { hausgraph: told, requestId: 'r' } } }),
      );
      const [shown] = await runAndListen(page);
      assert.deepEqual(shown.extensions, { requestId: 'r' });
      await page.getByRole('status').getByText('1 upstream call, 13 ms, 4 from cache').waitFor();
      await page.getByText('Propstreet: 598 left').waitFor();
      assert.deepEqual(await operationsIn(page), ['list_projects', 'list_units_by_id ×3', 'list_protocols']);
      assert.deepEqual(await page.locator('.cost-remark').allTextContents(), ['shared']);
      await page.getByText('from cache, 12 seconds old', { exact: true }).waitFor();
      await page.getByText('from cache, 1 second old, stale', { exact: true }).waitFor();

      told.calls = [];
      await page.getByRole('button', { name: 'Execute query' }).click();
      await page.getByRole('status').getByText('No upstream call: answered from the cache, 13 ms, 4 from cache').waitFor();
      assert.equal((await bars(page)).length, 0);
    }));

  test('says that nothing was asked, or not even executed', () =>
    visit(async (page) => {
      const asked = await write(page, 'query Nothing { __typename }');
      await runAndListen(page, asked);
      await page.getByText('No upstream call: nothing asked').waitFor();
      // Refused before it is parsed: it names more fields than a document may.
      const refused = await write(page, `query Refused { ${'__typename '.repeat(6_000)}}`);
      const [shown, told] = await runAndListen(page, refused);
      assert.equal(told, undefined);
      assert.equal(shown.errors.length, 1);
      await page.getByText('No upstream call: nothing was executed').waitFor();
    }));

  test('keeps to its tab, and folds by the keyboard', () =>
    visit(async (page) => {
      await runAndListen(page);
      const { length } = await bars(page);
      await page.getByRole('button', { name: samples[1].name, exact: true }).click();
      await page.getByText('Upstream calls are shown here').waitFor();
      await page.getByRole('button', { name: samples[0].name, exact: true }).click();
      await page.locator('.cost-bar').first().waitFor();
      assert.equal((await bars(page)).length, length);

      const rows = page.getByRole('region', { name: 'Upstream calls' });
      await page.locator('.cost summary').focus();
      await page.keyboard.press('Enter');
      await rows.waitFor({ state: 'hidden' });
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      assert(await rows.evaluate((region) => region === document.activeElement), 'the rows cannot be scrolled by keys');
    }));

  test('leaves the text to whoever asks for it', () =>
    visit(async (page) => {
      const name = await write(page, 'query Mine { protocols(first: 1) { nodes { cause } } }');
      await page.getByRole('button', { name: 'Headers' }).click();
      await page.evaluate((token) => {
        const editors = [...document.querySelectorAll('.graphiql-editor-tool .CodeMirror')].map(({ CodeMirror }) => CodeMirror);
        const headers = editors.find((editor) => editor.getValue().includes('Authorization'));
        headers.setValue(JSON.stringify({ Authorization: `Bearer ${token}`, 'X-Hausgraph-Explain': '1' }));
      }, gateway.token);
      const [shown, told] = await runAndListen(page, name);
      assert.deepEqual(shown.extensions.hausgraph, told);
      assert.equal((await bars(page)).length, 1);
    }));
});

describe('sample operations', () => {
  for (const sample of samples) {
    test(`${sample.file} is answered without an error`, async () => {
      const { data, errors } = await ask(sample);
      assert.deepEqual(errors, undefined);
      const empty = Object.entries(data).filter(([, { nodes, edges }]) => (nodes ?? edges)?.length === 0);
      assert.deepEqual(empty, [], 'a sample that finds nothing shows nothing');
    });
  }
});

/** Opens the playground in a fresh profile, and afterwards holds it against every promise of the page. */
async function visit(look) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  const page = await context.newPage();
  const problems = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  await context.route(
    (url) => url.origin !== origin,
    (route) => {
      problems.push(`left the gateway: ${route.request().url()}`);
      return route.abort();
    },
  );
  const network = await context.newCDPSession(page);
  let received = 0;
  network.on('Network.loadingFinished', ({ encodedDataLength }) => (received += encodedDataLength));
  await network.send('Network.enable');

  try {
    await page.goto(gateway.playground);
    await editor(page);
    await look(page, { wireBytes: () => received });
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
}

/** The query editor, once it knows the schema and has read the operation of `sample`. */
async function editor(page, sample = samples[0]) {
  await page.waitForFunction((name) => {
    const { CodeMirror } = document.querySelector('.graphiql-query-editor .CodeMirror') ?? {};
    return CodeMirror?.options.lint?.schema && CodeMirror.operationName === name;
  }, sample.name);
  return page.locator('.graphiql-query-editor .CodeMirror');
}

/** Puts another operation into the editor; gives its name. */
async function write(page, query) {
  const [, name] = query.match(/^query (\w+)/);
  await page.evaluate((text) => {
    document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(text);
  }, query);
  await editor(page, { name });
  return name;
}

/** Runs what the editor holds, by the keyboard. */
async function run(page, name = samples[0].name) {
  await (await editor(page, { name })).click();
  await page.keyboard.press('Control+Enter');
  return answer(page);
}

/** The same; gives what is shown and what the gateway told of the cost. */
async function runAndListen(page, name) {
  const response = page.waitForResponse(gateway.graphql);
  const shown = await run(page, name);
  const { extensions } = await (await response).json();
  return [shown, extensions?.hausgraph];
}

/** Where the bars of the waterfall are, from the top. */
async function bars(page) {
  const all = await page.locator('.cost-bar').all();
  return Promise.all(all.map((bar) => bar.boundingBox()));
}

/** What its rows say is done, from the top. */
function operationsIn(page) {
  return page.locator('.cost-operation').allTextContents();
}

/** The answer on the screen; the whole of it, not only the lines in view. */
async function answer(page) {
  const shown = await page.waitForFunction(() => {
    const text = document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue();
    return text?.endsWith('}') && text;
  });
  return JSON.parse(await shown.jsonValue());
}

async function ask({ query, variables }) {
  const response = await fetch(gateway.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.token}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/** Says that two answers differ without spelling out both: they are long. */
function assertSame(shown, answered) {
  assert(isDeepStrictEqual(shown, answered), 'what is shown is not what the gateway answers');
}

function systemsIn(value, found = new Set()) {
  if (value === null || typeof value !== 'object') return found;
  if (value.system) found.add(value.system);
  for (const child of Object.values(value)) systemsIn(child, found);
  return found;
}

async function readSamples() {
  const files = (await readdir(OPERATIONS)).sort();
  const read = (file) => readFile(new URL(file, OPERATIONS), 'utf8');
  return Promise.all(
    files
      .filter((file) => file.endsWith('.graphql'))
      .map(async (file) => {
        const query = await read(file);
        const variables = file.replace('.graphql', '.json');
        return {
          file,
          query,
          name: query.match(/^(?:query|mutation|subscription) (\w+)/m)[1],
          variables: files.includes(variables) ? JSON.parse(await read(variables)) : undefined,
        };
      }),
  );
}
