// The playground in a real browser, against a running demo gateway.
//
//   node playground.mjs --ready-file PATH [--screenshot PATH]
//
// The ready file is what `hausgraph demo --ready-file` writes. The browser reaches nothing but the
// gateway: names do not resolve, and any request to another origin is stopped and fails the test.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
const upload = samples.find(({ name }) => name === 'ImportProspects');

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
      await imported();
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

describe('files', () => {
  test('go along from the panel, and the answer has what they brought', () =>
    visit(async (page) => {
      const { rows, ids } = sampleRows();
      const chooser = await openFiles(page);
      await page.getByRole('status').getByText('No file is chosen: the operation is sent as JSON.').waitFor();
      await chooser.setInputFiles(csv('leads.csv', rows));
      const shownFile = page.getByRole('region', { name: 'Files' }).getByRole('listitem').filter({ hasText: 'leads.csv' }).last();
      await shownFile.getByText(`${rows.length} bytes`).waitFor();
      await page.getByRole('status').getByText(`1 file, ${rows.length} bytes, goes along with the operation.`).waitFor();
      await setVariables(page, { input: { projectId: await newProject() } });

      const { headers, shown, told } = await send(page);
      assert.match(headers['content-type'], /^multipart\/form-data; boundary=/);
      assert.equal(headers.authorization, `Bearer ${gateway.token}`);
      assert.equal(headers['x-hausgraph-explain'], '1');
      const { created, failed, errors } = shown.data.importProspects;
      assert.deepEqual([failed, errors], [[], []]);
      assert.equal(created.length, ids.length);
      assert.deepEqual(created[0].prospect.externalReferences, [{ namespace: 'hubspot', id: 'lead-1' }]);
      assert(told.calls.some(({ operation }) => operation === 'add_prospects'), 'no prospect was added');
      assert((await bars(page)).length > 0, 'the cost of an upload is not shown');
    }));

  test('of the sample are for a project and investors that the demo has', async () => {
    const { ids } = sampleRows();
    const nodes = [upload.variables.input.projectId, ...ids];
    const { data } = await ask({ query: `{ nodes(ids: ${JSON.stringify(nodes)}) { __typename } }` });
    assert.deepEqual(data.nodes.map((node) => node?.__typename), ['Project', ...ids.map(() => 'Investor')]);
  });

  test('are chosen and removed by the keyboard, and without one JSON is sent again', () =>
    visit(async (page) => {
      await openTab(page, upload);
      await page.getByRole('button', { name: 'Show Files' }).focus();
      await page.keyboard.press('Enter');
      const files = page.getByRole('region', { name: 'Files' });
      const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'));
      await files.waitFor();
      for (let key = 0; key < 40 && (await focused()) !== 'Choose file for input.file'; key += 1) {
        await page.keyboard.press('Tab');
      }
      const asked = page.waitForEvent('filechooser');
      await page.keyboard.press('Enter');
      await (await asked).setFiles(csv('leads.csv', 'investorId\nnobody\n'));
      await page.keyboard.press('Shift+Tab');
      assert.equal(await focused(), 'Remove leads.csv');
      const sent = await send(page);
      assert.match(sent.headers['content-type'], /^multipart/);
      assert.equal(sent.shown.data.importProspects.failed.length, 1);

      await page.getByRole('button', { name: 'Remove leads.csv' }).focus();
      await page.keyboard.press('Enter');
      await page.getByText('leads.csv').waitFor({ state: 'detached' });
      assert.equal(await focused(), 'Choose file for input.file');
      const { headers, shown } = await send(page);
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(shown.data.importProspects.errors[0].message, 'Give one of items and file.');
    }));

  test('are dropped on several variables at once', () =>
    visit(async (page) => {
      const { ids } = sampleRows();
      const operation = `mutation Two($a: ImportProspectsInput!, $b: ImportProspectsInput!) {
        a: importProspects(input: $a) { created { prospect { investor { id } } } }
        b: importProspects(input: $b) { created { prospect { investor { id } } } }
      }`;
      await openFiles(page);
      const name = await write(page, operation);
      await setVariables(page, { a: { projectId: await newProject() }, b: { projectId: await newProject(), file: 'x' } });
      await page.getByLabel('Choose file for b.file').waitFor();
      const two = ids.map((id, index) => [`${index}.csv`, `investorId\n${id}\n`]);
      const files = page.getByRole('region', { name: 'Files' });
      await drop(page, files.getByRole('heading', { name: 'b.file' }), two.slice(1));
      await drop(page, files.getByRole('heading', { name: 'Files' }), [...two.slice(0, 1), ['much.csv', '']]);
      await page.getByRole('status').getByText('There is no place for much.csv.').waitFor();
      const { shown } = await send(page, name);
      const came = [shown.data.a, shown.data.b].map(({ created }) => created.map(({ prospect }) => prospect.investor.id));
      assert.deepEqual(came, ids.map((id) => [id]));
    }));

  test('make what holds them in the variables, and lists as long as they are many', () =>
    visit(async (page) => {
      await keepForm(page);
      await openFiles(page);
      const name = await write(page, 'mutation Many($input: ImportProspectsInput!, $more: [Upload!]) { importProspects(input: $input) { __typename } }');
      await page.getByLabel('Choose file for input.file').setInputFiles(csv('a.csv', ''));
      await page.getByLabel('Choose files for more').setInputFiles([csv('b.csv', ''), csv('c.csv', '')]);
      await page.getByLabel('Add files for more').setInputFiles(csv('d.csv', ''));
      await page.getByRole('button', { name: 'Remove c.csv' }).click();
      await setVariables(page, { more: [null, null, null] });
      await page.getByRole('button', { name: 'Headers' }).click();
      await setHeaders(page, { Authorization: `Bearer ${gateway.token}`, 'Content-Type': 'application/json' });
      const { headers, shown } = await send(page, name);
      assert.match(headers['content-type'], /^multipart\/form-data; boundary=[^,]+$/);
      const { operations, map, files } = await sentForm(page);
      assert.deepEqual(operations.variables, { input: { file: null }, more: [null, null] });
      assert.deepEqual(map, { 0: ['variables.input.file'], 1: ['variables.more.0'], 2: ['variables.more.1'] });
      assert.deepEqual(files, [['0', 'a.csv'], ['1', 'b.csv'], ['2', 'd.csv']]);
      // The form itself was right: what is wrong is that nothing in the schema takes a list.
      assert.doesNotMatch(JSON.stringify(shown.errors), /part|path/);
    }));

  test('are found wherever the schema has them', () =>
    visit(async (page) => {
      // A schema whose items have files, too.
      await page.route(gateway.graphql, async (route) => {
        if (!route.request().postData()?.includes('IntrospectionQuery')) return route.fallback();
        const response = await route.fetch();
        const json = await response.json();
        const { inputFields } = json.data.__schema.types.find(({ name }) => name === 'ImportProspectItem');
        inputFields.push({ ...inputFields[0], name: 'photo', type: { kind: 'SCALAR', name: 'Upload', ofType: null } });
        return route.fulfill({ response, json });
      });
      await keepForm(page);
      await openFiles(page);
      await page.getByRole('button', { name: 'Re-fetch GraphQL schema' }).click();
      await page.getByLabel('Choose file for input.items.0.photo').setInputFiles(csv('0', ''));
      await send(page);
      assert.deepEqual((await sentForm(page)).operations.variables.input.items, [{ photo: null }]);
      await setVariables(page, { input: { items: [{ contactId: 'a' }, { contactId: 'b' }] } });
      await page.getByLabel('Choose file for input.items.1.photo').setInputFiles(csv('1', ''));
      await send(page);
      const { operations, map } = await sentForm(page);
      assert.deepEqual(operations.variables.input, { items: [{ contactId: 'a', photo: null }, { contactId: 'b', photo: null }] });
      assert.deepEqual(map, { 0: ['variables.input.items.0.photo'], 1: ['variables.input.items.1.photo'] });
    }));

  test('go only with the operation that has their variable', () =>
    visit(async (page) => {
      await keepForm(page);
      await openFiles(page);
      await write(page, 'mutation First($a: Upload) { __typename }\nmutation Second($a: Upload, $b: Upload) { __typename }');
      await page.getByText('in First, Second', { exact: true }).waitFor();
      await page.getByLabel('Choose file for a').setInputFiles(csv('a.csv', ''));
      await page.getByLabel('Choose file for b').setInputFiles(csv('b.csv', ''));
      for (const [line, names] of [['a.csv'], ['a.csv', 'b.csv']].entries()) {
        const response = page.waitForResponse(gateway.graphql);
        await page.evaluate((line) => {
          const { CodeMirror } = document.querySelector('.graphiql-query-editor .CodeMirror');
          CodeMirror.focus();
          CodeMirror.setCursor(line, 12);
        }, line);
        await page.keyboard.press('Control+Enter');
        await response;
        assert.deepEqual((await sentForm(page)).files.map(([, name]) => name), names);
      }
    }));

  test('stay with their tab, in memory alone', () =>
    visit(async (page) => {
      const chooser = await openFiles(page);
      await chooser.setInputFiles(csv('mine-alone.csv', 'investorId\n'));
      await page.locator('.files-dot[data-chosen=true]').waitFor();
      await openTab(page, samples[0]);
      await page.getByText('No variable of this operation takes a file.').waitFor();
      assert.equal(await page.getByText('mine-alone.csv').count(), 0);
      await page.locator('.files-dot').waitFor({ state: 'detached' });
      assert.equal((await send(page, samples[0].name)).headers['content-type'], 'application/json');
      await openTab(page, upload);
      await page.getByText('mine-alone.csv').waitFor();
      // GraphiQL writes half a second after a change.
      await page.waitForFunction((name) => JSON.stringify(localStorage).includes(name), upload.name);
      const isKept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }).includes('mine-alone'));
      assert(!isKept, 'a file left a trace');
    }));

  test('have an operation to begin with where none is', () =>
    visit(async (page) => {
      await page.getByRole('button', { name: 'Show Files' }).click();
      const example = await page.getByLabel('How to begin with importProspects').textContent();
      await write(page, example.replace('mutation', 'mutation Mine'));
      const chooser = page.getByLabel('Choose file for input.file');
      await chooser.setInputFiles(csv('leads.csv', 'investorId\n'));
      // Half a word: the chooser stays in sight.
      await setQuery(page, example.replace('mutation', 'mutatio'));
      await page.waitForFunction(() => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.documentAST === null);
      await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
      assert(await page.getByLabel('Choose other file for input.file').isVisible(), 'the chooser went with a slip of the pen');
      await write(page, example.replace('mutation', 'mutation Mine').replaceAll('$input', '$other'));
      await page.getByText('Not sent, for no operation here has such a variable any more').waitFor();
      await page.getByRole('button', { name: 'Remove leads.csv' }).click();
      await page.getByText('Not sent').waitFor({ state: 'detached' });
    }));

  test('are stopped on their way with the stop button', () =>
    visit(async (page, { problems }) => {
      const chooser = await openFiles(page);
      await chooser.setInputFiles(csv('leads.csv', 'investorId\nnobody\n'));
      let held;
      await page.route(gateway.graphql, (route) => (held = route));
      const stopped = page.waitForEvent('requestfailed');
      await page.getByRole('button', { name: 'Execute query' }).click();
      await page.getByRole('button', { name: 'Stop query' }).click();
      assert.equal((await stopped).failure().errorText, 'net::ERR_ABORTED');
      assert(held, 'nothing was under way');
      await page.getByRole('button', { name: 'Execute query' }).waitFor();
      assert.equal(await page.evaluate(() => document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()), '');
      assert.deepEqual(problems.splice(0), [`failed: ${gateway.graphql}`]);
    }));

  test('that are too many are refused in the answer', () =>
    visit(async (page, { problems }) => {
      await openFiles(page);
      const many = Array.from({ length: 21 }, (_, index) => index);
      const name = await write(page, `mutation Much(${many.map((index) => `$f${index}: Upload`)}) { __typename }`);
      await page.getByLabel('Choose file for f20').waitFor();
      const heading = page.getByRole('heading', { name: 'Files' });
      await drop(page, heading, many.map((index) => [`${index}.csv`, '']));
      const { shown } = await send(page, name);
      assert.deepEqual(shown.errors.map(({ extensions }) => extensions.code), ['BAD_USER_INPUT']);
      assert.match(shown.errors[0].message, /20/);
      assert(problems.splice(0).includes(`413: ${gateway.graphql}`));
    }));

  test('that were saved anew are to be chosen again', () =>
    visit(async (page) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'hausgraph-'));
      try {
        const file = path.join(folder, 'leads.csv');
        await writeFile(file, 'investorId\nnobody\n');
        const chooser = await openFiles(page);
        await chooser.setInputFiles(file);
        await page.getByText('leads.csv').waitFor();
        await writeFile(file, 'investorId\nsomebody\n');
        await utimes(file, 1, 1);
        await page.getByRole('button', { name: 'Execute query' }).click();
        const { errors } = await answer(page);
        assert.match(errors[0].message, /^leads.csv has changed since it was chosen/);
        await page.getByLabel('Choose other file for input.file').setInputFiles(file);
        assert.equal((await send(page)).shown.data.importProspects.failed.length, 1);
      } finally {
        await rm(folder, { recursive: true });
      }
    }));

  for (const scheme of ['light', 'dark']) {
    test(`are legible in ${scheme} colours`, () =>
      visit(async (page) => {
        await page.emulateMedia({ colorScheme: scheme });
        const chooser = await openFiles(page);
        await chooser.setInputFiles(csv(`${'long-name-'.repeat(20)}.csv`, 'investorId\n'));
        await page.getByText('long-name').first().waitFor();
        const panel = page.locator('.files');
        const faint = await panel.evaluate(textsBelowContrast, 4.5);
        assert.deepEqual(faint, []);
        assert(await panel.evaluate((files) => files.parentElement.scrollWidth <= files.parentElement.clientWidth), 'the panel is too wide');
      }));
  }
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

/**
 * Opens the playground in a fresh profile, and afterwards holds it against every promise of the page.
 * Who makes a problem on purpose takes it out of `problems`.
 */
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
    await look(page, { wireBytes: () => received, problems });
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
  const [, name] = query.match(/^(?:query|mutation) (\w+)/);
  await setQuery(page, query);
  await editor(page, { name });
  return name;
}

function setQuery(page, query) {
  return page.evaluate((text) => {
    document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(text);
  }, query);
}

/** Variables and headers: the first and the second of the editors below the operation. */
const setVariables = (page, value) => setTool(page, 0, value);
const setHeaders = (page, value) => setTool(page, 1, value);

function setTool(page, index, value) {
  return page.locator('.graphiql-editor-tool .CodeMirror').nth(index).evaluate(({ CodeMirror }, text) => {
    CodeMirror.setValue(text);
  }, JSON.stringify(value, null, 2));
}

async function openTab(page, sample) {
  await page.getByRole('button', { name: sample.name, exact: true }).click();
  await editor(page, sample);
}

/** Opens the sample that takes a file, and the panel; gives its chooser. */
async function openFiles(page) {
  await openTab(page, upload);
  await page.getByRole('button', { name: 'Show Files' }).click();
  const chooser = page.getByLabel('Choose file for input.file');
  await chooser.waitFor();
  return chooser;
}

const csv = (name, text) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

/** The file that the sample shows in its comment, and whom it names. */
function sampleRows() {
  const lines = upload.query.split('\n').filter((line) => line.startsWith('#   ')).map((line) => line.slice(4));
  return { rows: `${lines.join('\n')}\n`, ids: lines.slice(1).map((line) => line.split(',')[0]) };
}

/** The id of a project without prospects. */
async function newProject() {
  const query = 'mutation { createProject(input: { name: "Leer" }) { project { id } } }';
  return (await ask({ query })).data.createProject.project.id;
}

/** Drops files, given by name and text, where `target` is. */
async function drop(page, target, files) {
  const dataTransfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const [name, text] of files) transfer.items.add(new File([text], name));
    return transfer;
  }, files);
  await target.dispatchEvent('dragover', { dataTransfer });
  await page.locator('.files-place[data-over=true]').first().waitFor();
  await target.dispatchEvent('drop', { dataTransfer });
  await page.locator('.files-place[data-over=true]').first().waitFor({ state: 'detached' });
}

/** Keeps the form of each request that is one, for `sentForm`. */
function keepForm(page) {
  return page.evaluate(() => {
    const { fetch } = window;
    window.fetch = (url, init) => {
      if (init?.body instanceof FormData) window.sentForm = [...init.body].map(([name, part]) => [name, part.name ?? JSON.parse(part)]);
      return fetch(url, init);
    };
  });
}

/** The two parts of the latest form, and the names of its files with those of their parts. */
async function sentForm(page) {
  const [[first, operations], [second, map], ...files] = await page.evaluate(() => window.sentForm);
  assert.deepEqual([first, second], ['operations', 'map']);
  return { operations, map, files };
}

/** Runs in the page: the texts whose contrast to what is behind them is less than `least`. */
function textsBelowContrast(root, least) {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const paint = (colours) => {
    for (const colour of colours) {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
    }
    const parts = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
    const [red, green, blue] = parts.map((part) => (part <= 0.04 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const isText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  return [...root.querySelectorAll('*')].filter(isText).flatMap((element) => {
    const behind = [];
    for (let at = element; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
    const [low, high] = [paint(behind), paint([...behind, getComputedStyle(element).color])].sort((one, other) => one - other);
    const contrast = (high + 0.05) / (low + 0.05);
    return contrast < least ? [`${element.textContent}: ${contrast.toFixed(1)}`] : [];
  });
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

/** Runs what the editor holds; gives the headers that went, what is shown and what was told of the cost. */
async function send(page, name = upload.name) {
  await editor(page, { name });
  const response = page.waitForResponse(gateway.graphql);
  await page.getByRole('button', { name: 'Execute query' }).click();
  const headers = await (await response).request().allHeaders();
  const { extensions } = await (await response).json();
  return { headers, shown: await answer(page), told: extensions?.hausgraph };
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

/** Waits for the imports that the demo begins with: they change where answers come from. */
async function imported() {
  const query = '{ integrations { lastImport { status } } }';
  const isDone = ({ lastImport }) => lastImport?.status === 'SUCCEEDED';
  while (!(await ask({ query })).data.integrations.every(isDone));
}

/** Says where two answers differ first, without spelling out both: they are long. */
function assertSame(shown, answered, at = '$') {
  if (isDeepStrictEqual(shown, answered)) return;
  const both = [shown, answered].every((it) => typeof it === 'object' && it !== null);
  assert(both, `at ${at} is shown ${JSON.stringify(shown)}, answered ${JSON.stringify(answered)}`);
  for (const key of new Set([...Object.keys(shown), ...Object.keys(answered)])) {
    assertSame(shown[key], answered[key], `${at}.${key}`);
  }
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
