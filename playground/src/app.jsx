// The playground: GraphiQL on this gateway, with the sample operations as tabs.
// Where the graph lives, the demo's token and whether the upstreams are simulated come from
// /playground/config.json; everything else is decided at build time.
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL } from 'graphiql';
import { createRef } from 'react';
import { createRoot } from 'react-dom/client';

import operations from 'operations';
import { fetcherOf } from './fetcher';
import { Attached, FILES_PLUGIN } from './files';
import { Waterfall } from './waterfall';
import './style.css';

const PLUGINS = [explorerPlugin({ showAttribution: false }), FILES_PLUGIN];

/** A gable whose corners are the nodes of a graph. */
function Mark() {
  return (
    <svg className="wordmark-mark" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M4.5 20.5V11L12 4l7.5 7v9.5zM4.5 11l7.5 3.5 7.5-3.5M12 14.5v6" />
      <circle cx="12" cy="4" r="2.3" />
      <circle cx="4.5" cy="11" r="2.3" />
      <circle cx="19.5" cy="11" r="2.3" />
      <circle cx="12" cy="14.5" r="2.3" />
    </svg>
  );
}

function Wordmark({ simulated }) {
  return (
    <div className="wordmark">
      {simulated && (
        <span className="simulated" title="Propstack, deep.rent and Propstreet are played by this program; the data is invented.">
          simulated upstreams
        </span>
      )}
      <Mark />
      <h1>Hausgraph</h1>
    </div>
  );
}

function Playground({ graphql, token, simulated }) {
  const headers = { Authorization: `Bearer ${token ?? ''}` };
  const headersText = JSON.stringify(headers, null, 2);
  const told = createRef();
  const attached = createRef();
  return (
    <GraphiQL
      fetcher={fetcherOf(graphql, headers, told, attached)}
      plugins={PLUGINS}
      defaultTabs={operations.map((operation) => ({ ...operation, headers: headersText }))}
      defaultHeaders={headersText}
      defaultEditorToolsVisibility={token ? 'variables' : 'headers'}
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>
        <Wordmark simulated={simulated} />
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <Attached attached={attached} />
        <Waterfall told={told} />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

async function config() {
  const response = await fetch('/playground/config.json');
  if (!response.ok) throw new Error(`/playground/config.json answered ${response.status}`);
  return response.json();
}

const root = createRoot(document.getElementById('playground'));
config().then(
  (settings) => root.render(<Playground {...settings} />),
  (error) => root.render(<p className="unreachable" role="alert">The gateway does not answer: {error.message}</p>),
);
