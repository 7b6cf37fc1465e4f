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
      if (options.screenshot) await page.screenshot({ path: options.screenshot });
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

/** Runs what the editor holds, by the keyboard. */
async function run(page) {
  await (await editor(page)).click();
  await page.keyboard.press('Control+Enter');
  return answer(page);
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
