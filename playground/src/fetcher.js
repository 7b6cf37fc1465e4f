// How operations reach the gateway: as JSON, or as a form when files go along.
import { createGraphiQLFetcher } from '@graphiql/toolkit';

import { formOf } from './upload';

/** Makes the gateway tell what an operation cost. */
const EXPLAIN = 'x-hausgraph-explain';

/**
 * Sends the headers of the editor, except that GraphiQL asks for the schema before there is an editor.
 * What an answer tells of its cost goes to `told.current`, and is shown as text only to whoever
 * writes the header themselves. `attached.current` knows the files that go along.
 */
export function fetcherOf(url, initialHeaders, told, attached) {
  const sender = (fetch) =>
    // The gateway answers in one piece; an operation that it refuses is no error of the network.
    createGraphiQLFetcher({ url, enableIncrementalDelivery: false, headers: { accept: 'application/json' }, fetch });
  const ask = sender(window.fetch.bind(window));
  return (params, { headers, ...options } = {}) => {
    if (params.operationName === 'IntrospectionQuery') {
      return ask(params, { ...options, headers: headers ?? initialHeaders });
    }
    // Whoever asks may have turned to another tab when the answer comes.
    const tell = told.current;
    const places = attached.current?.(params) ?? [];
    const asksItself = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === EXPLAIN);
    const sent = { ...options, headers: asksItself ? headers : { ...headers, [EXPLAIN]: '1' } };
    return stoppable(async (signal) => {
      const send = sender(places.length > 0 ? withFiles(places, signal) : (url, init) => fetch(url, { ...init, signal }));
      const answer = await send(params, sent);
      const { hausgraph, ...extensions } = answer.extensions ?? {};
      tell?.(hausgraph ?? null);
      if (!hausgraph || asksItself) return answer;
      const { extensions: _, ...rest } = answer;
      return Object.keys(extensions).length > 0 ? { ...rest, extensions } : rest;
    });
  };
}

/** Sends as a form what would be sent as JSON. Its content type, with the boundary, is the browser's to write. */
function withFiles(places, signal) {
  return async (url, { method, headers, body }) => {
    const lost = await findUnreadable(places.flatMap(({ files }) => files));
    if (lost) {
      const message = `${lost.name} has changed since it was chosen, or is gone: choose it again in the panel "Files".`;
      return Response.json({ errors: [{ message }] });
    }
    const kept = new Headers(headers);
    kept.delete('content-type');
    return fetch(url, { method, headers: kept, body: formOf(JSON.parse(body), places), signal });
  };
}

/** A file that was saved anew cannot be read any more, of which `fetch` would say only that it failed. */
async function findUnreadable(files) {
  const readable = files.map((file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false));
  const found = (await Promise.all(readable)).indexOf(false);
  return files[found];
}

/** What GraphiQL's stop button stops: it can only unsubscribe. */
function stoppable(start) {
  return {
    subscribe(observer) {
      const stop = new AbortController();
      const unlessStopped = (act) => (value) => stop.signal.aborted || act(value);
      start(stop.signal).then(
        unlessStopped((answer) => {
          observer.next(answer);
          observer.complete();
        }),
        unlessStopped((error) => observer.error(error)),
      );
      return { unsubscribe: () => stop.abort() };
    },
  };
}
