// The panel "Files": a chooser for each variable that takes files, in every operation of the tab.
// What is chosen stays with its tab and the path of its variable, in memory alone.
import { MarkdownContent, useEditorContext, useSchemaStore } from '@graphiql/react';
import { useEffect, useId, useMemo, useRef, useState, useSyncExternalStore } from 'react';

import { beginnings, operationsOf, placesOf } from './upload';
import { count } from './words';

/** The files by tab, and there by path. Always replaced as a whole: whoever looks is told. */
let chosen = {};
const watchers = new Set();
const NOTHING = {};

function replace(next) {
  chosen = next;
  for (const watch of watchers) watch();
}

function watch(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function choose(tab, path, files) {
  const { [path]: _, ...others } = chosen[tab] ?? NOTHING;
  replace({ ...chosen, [tab]: files.length > 0 ? { ...others, [path]: files } : others });
}

const useChosen = (tab) => useSyncExternalStore(watch, () => chosen[tab] ?? NOTHING);

function useTab() {
  const { tabs, activeTabIndex } = useEditorContext({ nonNull: true });
  return tabs[activeTabIndex] ?? NOTHING;
}

const keyOf = ({ path }) => path.join('.');

function parsed(variables) {
  try {
    return JSON.parse(variables);
  } catch {
    return undefined;
  }
}

/** The places of all operations, each once: operations of one document share their variables. */
function usePlaces() {
  const { id, query, variables } = useTab();
  const { schema } = useSchemaStore();
  // While somebody types, a document often cannot be read: what it was before stays in sight.
  const last = useRef(NOTHING);
  const read = useMemo(() => operationsOf(query), [query]);
  const operations = read ?? (last.current.id === id ? last.current.operations : []);
  useEffect(() => {
    last.current = { id, operations };
  });
  if (!schema) return { operations, places: [] };
  const values = parsed(variables);
  const places = new Map();
  for (const operation of operations) {
    for (const place of placesOf(schema, operation, values)) {
      const known = places.get(keyOf(place)) ?? { ...place, usedBy: [] };
      places.set(keyOf(place), { ...known, usedBy: [...known.usedBy, operation.name?.value ?? 'unnamed'] });
    }
  }
  return { operations, places: [...places.values()] };
}

/** Lets the fetcher, which is outside of the editor, find the files of an operation; shows nothing. */
export function Attached({ attached }) {
  const { tabs } = useEditorContext({ nonNull: true });
  const { id } = useTab();
  const { schema } = useSchemaStore();
  useEffect(() => {
    attached.current = ({ query, operationName, variables }) => {
      const operations = (schema && operationsOf(query)) ?? [];
      const operation = operations.find(({ name }) => !operationName || name?.value === operationName);
      const files = chosen[id] ?? NOTHING;
      const places = operation ? placesOf(schema, operation, variables) : [];
      return places.map((place) => ({ ...place, files: files[keyOf(place)] ?? [] })).filter(({ files }) => files.length > 0);
    };
  }, [attached, id, schema]);
  useEffect(() => {
    const open = Object.entries(chosen).filter(([tab]) => tabs.some(({ id }) => id === tab));
    if (open.length < Object.keys(chosen).length) replace(Object.fromEntries(open));
  }, [tabs]);
  // A file that is dropped beside the panel would take the place of the page.
  useEffect(() => {
    const ignore = (event) => {
      if (event.defaultPrevented || !hasFiles(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'none';
    };
    window.addEventListener('dragover', ignore);
    window.addEventListener('drop', ignore);
    return () => {
      window.removeEventListener('dragover', ignore);
      window.removeEventListener('drop', ignore);
    };
  }, []);
  return null;
}

const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes('Files');

/** A sheet on its way up, with a dot where the operation takes files: full when some are chosen. */
function FilesIcon(props) {
  const files = useChosen(useTab().id);
  const { places } = usePlaces();
  const isChosen = places.some((place) => files[keyOf(place)]);
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinejoin="round" strokeLinecap="round" {...props}>
      <path d="M13.5 3h-7A1.5 1.5 0 0 0 5 4.5v15A1.5 1.5 0 0 0 6.5 21h11a1.5 1.5 0 0 0 1.5-1.5V11M12 17.5v-6M9.5 14l2.5-2.5 2.5 2.5" />
      {places.length > 0 ? <circle className="files-dot" data-chosen={isChosen} cx="19" cy="5" r="3.2" /> : <path d="M13.5 3 19 8.5V11M13.5 3v5.5H19" />}
    </svg>
  );
}

const UNITS = ['bytes', 'kB', 'MB', 'GB'];
function sizeOf(bytes) {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const number = bytes / 1000 ** power;
  return `${power > 0 && number < 10 ? number.toFixed(1) : Math.round(number)} ${UNITS[power]}`;
}

const total = (files) => files.reduce((sum, { size }) => sum + size, 0);

/**
 * What becomes of files that come to a panel: the one they are dropped at comes first, then those that
 * are empty. Gives the files by place, and those that found none.
 */
function spread(places, held, target, files) {
  const rest = [...files];
  const given = new Map();
  for (const place of [target, ...places.filter((place) => place !== target)].filter(Boolean)) {
    const there = held[keyOf(place)] ?? [];
    if (rest.length === 0) break;
    if (place.isMany) given.set(place, [...there, ...rest.splice(0)]);
    else if (place === target || there.length === 0) given.set(place, [rest.shift()]);
  }
  return [given, rest];
}

function File({ file, remove }) {
  return (
    <li className="files-file">
      <span className="files-name" title={file.name}>{file.name}</span>
      <span className="files-size">{sizeOf(file.size)}</span>
      <button type="button" className="graphiql-un-styled files-remove" aria-label={`Remove ${file.name}`} title="Remove" onClick={remove}>
        <svg viewBox="0 0 12 12" aria-hidden="true"><path d="m2 2 8 8M10 2l-8 8" /></svg>
      </button>
    </li>
  );
}

function Files({ files, set }) {
  return (
    <ul className="files-list">
      {files.map((file, index) => (
        <File key={`${index} ${file.name}`} file={file} remove={() => set(files.filter((other) => other !== file))} />
      ))}
    </ul>
  );
}

function Place({ place, files, isOver, remarks, take, set }) {
  const id = useId();
  const input = useRef(null);
  const path = keyOf(place);
  const what = `${files.length === 0 ? 'Choose' : place.isMany ? 'Add' : 'Choose other'} ${place.isMany ? 'files' : 'file'}`;
  return (
    <li className="files-place" data-path={path} data-over={isOver}>
      <h3 className="files-path">
        {path}
        <span className="files-type">: {place.type}</span>
      </h3>
      {remarks && <p className="files-remark">in {remarks}</p>}
      {place.description && <MarkdownContent type="description">{place.description}</MarkdownContent>}
      {files.length > 0 && (
        <Files
          files={files}
          set={(left) => {
            set(left);
            // The button that was pressed goes with its file.
            input.current.focus();
          }}
        />
      )}
      <div className="files-chooser">
        <input
          ref={input}
          id={id}
          type="file"
          multiple={place.isMany}
          aria-label={`${what} for ${path}`}
          onChange={({ target }) => {
            take([...target.files]);
            // So that the same file can be chosen again, when it was saved anew.
            target.value = '';
          }}
        />
        <label htmlFor={id} className="graphiql-button">{what}…</label>
        <span aria-hidden="true">or drop {place.isMany ? 'them' : 'it'} here</span>
      </div>
    </li>
  );
}

/** What was chosen for variables that are not in the document any more. */
function Lost({ paths, held, set }) {
  if (paths.length === 0) return null;
  return (
    <>
      <p>Not sent, for no operation here has such a variable any more:</p>
      <ul className="files-places">
        {paths.map((path) => (
          <li key={path} className="files-place">
            <h3 className="files-path">{path}</h3>
            <Files files={held[path]} set={(left) => set(path, left)} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Help() {
  const { schema } = useSchemaStore();
  const examples = beginnings(schema);
  return (
    <>
      <p>
        No variable of this operation takes a file. Declare one of type <code>Upload</code>, or of an input type that has
        one, and it is shown here with a chooser.
      </p>
      {examples.length > 0 && <p>These mutations take files:</p>}
      {examples.map(({ name, operation }) => (
        <pre key={name} className="files-example" tabIndex={0} aria-label={`How to begin with ${name}`}>{operation}</pre>
      ))}
    </>
  );
}

function statusOf(places, held) {
  const files = places.flatMap((place) => held[keyOf(place)] ?? []);
  if (files.length === 0) return 'No file is chosen: the operation is sent as JSON.';
  const verb = files.length === 1 ? 'goes' : 'go';
  return `${count(files.length, 'file')}, ${sizeOf(total(files))}, ${verb} along with the operation.`;
}

function FilesPanel() {
  const { id: tab } = useTab();
  const held = useChosen(tab);
  const { operations, places } = usePlaces();
  const [over, setOver] = useState(null);
  const [left, setLeft] = useState([]);

  const set = (path, files) => {
    setLeft([]);
    choose(tab, path, files);
  };
  const take = (target, files) => {
    const [given, rest] = spread(places, held, target, files);
    for (const [place, files] of given) choose(tab, keyOf(place), files);
    setLeft(rest);
  };
  const targetOf = (event) => {
    const path = event.target.closest('[data-path]')?.dataset.path;
    return places.find((place) => keyOf(place) === path);
  };
  const lost = Object.keys(held).filter((path) => !places.some((place) => keyOf(place) === path));

  return (
    <section
      className="files"
      aria-label="Files"
      onDragOver={(event) => {
        if (!hasFiles(event) || places.length === 0) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
        setOver(targetOf(event) ? keyOf(targetOf(event)) : '');
      }}
      onDragLeave={(event) => event.currentTarget.contains(event.relatedTarget) || setOver(null)}
      onDrop={(event) => {
        setOver(null);
        if (!hasFiles(event) || places.length === 0) return;
        event.preventDefault();
        take(targetOf(event), [...event.dataTransfer.files]);
      }}
    >
      <h2 className="files-title">Files</h2>
      {places.length === 0 ? (
        <Help />
      ) : (
        <>
          <ul className="files-places">
            {places.map((place) => (
              <Place
                key={keyOf(place)}
                place={place}
                files={held[keyOf(place)] ?? []}
                isOver={over === keyOf(place) || (over === '' && !held[keyOf(place)])}
                remarks={operations.length > 1 && place.usedBy.join(', ')}
                take={(files) => take(place, files)}
                set={(files) => set(keyOf(place), files)}
              />
            ))}
          </ul>
          <p role="status" className="files-status">
            {statusOf(places, held)}
            {left.length > 0 && ` There is no place for ${left.map(({ name }) => name).join(', ')}.`}
          </p>
        </>
      )}
      <Lost paths={lost} held={held} set={set} />
    </section>
  );
}

export const FILES_PLUGIN = { title: 'Files', icon: FilesIcon, content: FilesPanel };
