// Builds dist/, which is committed and embedded in the gateway's binary.
//
//   node build.mjs           writes dist/
//   node build.mjs --check   builds in memory and fails if the committed dist/ differs
//
// Two scripts: vendor-*.js changes with a library, app-*.js with our own code and the sample
// operations, so that a small change stays a small commit and a small download.
import { build } from 'esbuild';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const DIST = path.join(ROOT, 'dist');
/** Smaller files travel in one packet anyway. */
const COMPRESS_FROM_BYTES = 1400;

const OPTIONS = {
  absWorkingDir: ROOT,
  outdir: 'dist',
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  charset: 'utf8',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
};

/** The operations as one module: `[{ query, variables }]` in the order of their file names. */
const operations = {
  name: 'operations',
  setup(build) {
    build.onResolve({ filter: /^operations$/ }, () => ({ path: 'operations', namespace: 'operations' }));
    build.onLoad({ filter: /.*/, namespace: 'operations' }, async () => {
      const folder = path.join(ROOT, 'operations');
      const files = (await readdir(folder)).sort();
      const samples = files
        .filter((file) => file.endsWith('.graphql'))
        .map(async (file) => {
          const variables = file.replace('.graphql', '.json');
          return {
            query: await readFile(path.join(folder, file), 'utf8'),
            variables: files.includes(variables) ? await readFile(path.join(folder, variables), 'utf8') : null,
          };
        });
      return { contents: JSON.stringify(await Promise.all(samples)), loader: 'json' };
    });
  },
};

/** Every package is taken from the vendor script instead of being bundled again. */
const fromVendor = (vendor) => ({
  name: 'from-vendor',
  setup(build) {
    build.onResolve({ filter: /^[@a-z]/ }, ({ path: name, kind }) =>
      kind === 'import-statement' && name !== 'operations' ? { path: `./${vendor}`, external: true } : undefined,
    );
  },
});

/** GraphiQL's stylesheet inlines 270 kB of fonts; the page uses those of the system. */
const withoutFonts = {
  name: 'without-fonts',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8')).replace(/@font-face\s*\{[^}]*\}/g, ''),
      loader: 'css',
    }));
  },
};

/** Names and licences of the packages that went into `inputs`, for they ask to be named. */
async function notices(inputs) {
  const packages = new Set(inputs.flatMap((input) => input.match(/^.*node_modules\/(@[^/]+\/)?[^/]+/)?.[0] ?? []));
  const texts = [...packages].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(path.join(ROOT, folder, 'package.json'), 'utf8'));
    const file = (await readdir(path.join(ROOT, folder))).sort().find((entry) => /^licen[sc]e/i.test(entry));
    const text = file ? await readFile(path.join(ROOT, folder, file), 'utf8') : '';
    return `${name} ${version} (${license})\n\n${text.replace(/\r\n/g, '\n').trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}

/** All files of dist/ by name; compressed siblings are left to `compressed`. */
async function bundle() {
  // GraphiQL makes the titles of its icons, which screen readers speak, from the names of its functions.
  const vendor = await build({ ...OPTIONS, entryPoints: ['src/vendor.js'], keepNames: true });
  const vendorScript = path.basename(vendor.outputFiles[0].path);
  const app = await build({
    ...OPTIONS,
    entryPoints: ['src/app.jsx'],
    plugins: [operations, fromVendor(vendorScript), withoutFonts],
  });
  const outputs = [...vendor.outputFiles, ...app.outputFiles];
  const files = new Map(outputs.map(({ path: file, contents }) => [path.basename(file), Buffer.from(contents)]));
  const named = (pattern) => [...files.keys()].find((name) => pattern.test(name));

  const page = (await readFile(path.join(ROOT, 'index.html'), 'utf8'))
    .replace('{{vendor}}', vendorScript)
    .replace('{{script}}', named(/^app-.*\.js$/))
    .replace('{{style}}', named(/^app-.*\.css$/));
  const inputs = [vendor, app].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  files.set('index.html', Buffer.from(page));
  files.set('favicon.svg', await readFile(path.join(ROOT, 'favicon.svg')));
  files.set('licenses.txt', Buffer.from(await notices(inputs)));
  return files;
}

function compressed(contents) {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_SIZE_HINT]: contents.length };
  return { '.br': brotliCompressSync(contents, { params }), '.gz': gzipSync(contents, { level: 9 }) };
}

async function write(files) {
  await rm(DIST, { recursive: true, force: true });
  await mkdir(DIST);
  for (const [name, contents] of files) {
    await writeFile(path.join(DIST, name), contents);
    if (contents.length < COMPRESS_FROM_BYTES) continue;
    for (const [suffix, packed] of Object.entries(compressed(contents))) {
      await writeFile(path.join(DIST, name + suffix), packed);
    }
  }
}

/** What is wrong with the committed dist/. Packed files are compared unpacked: zlib's output varies by version. */
async function differences(files) {
  const committed = new Set(await readdir(DIST).catch(() => []));
  const unpack = { '': (packed) => packed, '.br': brotliDecompressSync, '.gz': gunzipSync };
  const found = [];
  for (const [name, contents] of files) {
    for (const [suffix, open] of Object.entries(unpack)) {
      if (suffix && contents.length < COMPRESS_FROM_BYTES) continue;
      const file = name + suffix;
      if (!committed.delete(file)) found.push(`${file} is missing`);
      else if (!open(await readFile(path.join(DIST, file))).equals(contents)) found.push(`${file} differs`);
    }
  }
  return [...found, ...[...committed].map((file) => `${file} is left over`)];
}

const files = await bundle();
if (process.argv.includes('--check')) {
  const found = await differences(files);
  if (found.length > 0) {
    console.error(`playground/dist is not what the sources build (npm run build):\n  ${found.join('\n  ')}`);
    process.exit(1);
  }
  console.log(`playground/dist equals a fresh build: ${files.size} files`);
} else {
  await write(files);
  for (const [name, contents] of files) console.log(`${String(contents.length).padStart(8)} ${name}`);
}
