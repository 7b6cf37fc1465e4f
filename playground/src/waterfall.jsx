// What an answer cost upstream, as a picture: a row for each call, from its start to its end, and
// one for each read that the cache answered. The gateway tells it in `extensions.hausgraph`.
import { useEditorContext } from '@graphiql/react';
import { useEffect, useState } from 'react';

import { count } from './words';

const SYSTEMS = { PROPSTACK: 'Propstack', DEEPRENT: 'deep.rent', PROPSTREET: 'Propstreet' };
const name = (system) => SYSTEMS[system] ?? system;

const sum = (rows, field) => rows.reduce((total, row) => total + row[field], 0);
const milliseconds = (time) => `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;

/** Such as `5 upstream calls, 250 records by id, 41 ms, 3 from cache`. */
export function summary({ calls, hits, elapsedMs }) {
  const byId = sum(calls.filter(({ keys }) => keys > 1), 'keys');
  return [
    calls.length > 0 && count(calls.length, 'upstream call'),
    calls.length === 0 && `No upstream call: ${hits.length > 0 ? 'answered from the cache' : 'nothing asked'}`,
    byId > 0 && `${count(byId, 'record')} by id`,
    milliseconds(elapsedMs),
    hits.length > 0 && `${sum(hits, 'keys').toLocaleString('en')} from cache`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** What was unusual about a call; nothing when it was answered well at the first attempt. */
function remarks({ status, outcome, attempt, isShared }) {
  const isWell = status >= 200 && status < 300;
  return [
    attempt > 1 && `attempt ${attempt}`,
    outcome === 'ANSWERED' ? !isWell && `status ${status}` : outcome.toLowerCase(),
    isShared && 'shared',
  ].filter(Boolean);
}

/** Round numbers of milliseconds, at most five, up to where there is still room for a number. */
function ticks(end) {
  const power = 10 ** Math.floor(Math.log10(end / 4));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => end / size <= 5);
  return Array.from({ length: Math.floor((0.9 * end) / step) + 1 }, (_, index) => index * step);
}

function System({ system }) {
  return (
    <th scope="row" data-system={system}>
      <span className="cost-swatch" aria-hidden="true" />
      {name(system)}
    </th>
  );
}

function Operation({ operation, keys }) {
  return (
    <td className="cost-operation">
      {operation}
      {keys > 1 && <b> ×{keys}</b>}
    </td>
  );
}

function CallRow({ call, end }) {
  const remarked = remarks(call).join(', ');
  const isFailed = call.outcome !== 'ANSWERED' || call.status >= 400;
  const endMs = call.startMs + call.durationMs;
  const percent = (time) => `${(100 * time) / end}%`;
  // On the side of the bar where there is more room, within the picture.
  const [side, distance] = end - endMs >= call.startMs ? ['left', endMs] : ['right', end - call.startMs];
  const beside = { [side]: `min(${percent(distance)} + 6px, 100% - ${remarked.length + 1}ch)` };
  return (
    <tr data-system={call.system} title={`from ${milliseconds(call.startMs)} to ${milliseconds(endMs)}`}>
      <System system={call.system} />
      <Operation {...call} />
      <td className="cost-time">
        <span
          className="cost-bar"
          data-failed={isFailed}
          data-shared={call.isShared}
          style={{ left: percent(call.startMs), width: percent(call.durationMs) }}
        />
        {remarked && <span className="cost-remark" style={beside}>{remarked}</span>}
      </td>
      <td className="cost-number">{milliseconds(call.durationMs)}</td>
      <td className="cost-number">{call.bytes > 0 && kilobytes(call.bytes)}</td>
    </tr>
  );
}

function HitRow({ hit }) {
  return (
    <tr data-system={hit.system} className="cost-hit">
      <System system={hit.system} />
      <Operation {...hit} />
      <td colSpan={3}>
        from cache, {count(hit.ageSeconds, 'second')} old{hit.isStale && ', stale'}
      </td>
    </tr>
  );
}

function Chart({ calls, hits, elapsedMs }) {
  const end = Math.max(elapsedMs, 0.1, ...calls.map(({ startMs, durationMs }) => startMs + durationMs));
  return (
    <table className="cost-chart">
      <thead>
        <tr>
          <th scope="col">System</th>
          <th scope="col">Operation</th>
          <th scope="col" className="cost-time" aria-label="Time">
            {ticks(end).map((tick) => (
              <span key={tick} className="cost-tick" style={{ left: `${(100 * tick) / end}%` }}>
                {Number(tick.toPrecision(6))}
              </span>
            ))}
          </th>
          <th scope="col" className="cost-number">Took</th>
          <th scope="col" className="cost-number">Size</th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call, index) => (
          <CallRow key={`call ${index}`} call={call} end={end} />
        ))}
        {hits.map((hit, index) => (
          <HitRow key={`hit ${index}`} hit={hit} />
        ))}
      </tbody>
    </table>
  );
}

/** What a tab's latest answer told: `undefined` before there is one, null when it told nothing. */
function headline(cost) {
  if (cost === undefined) return 'Upstream calls are shown here when an operation has run.';
  return cost === null ? 'No upstream call: nothing was executed' : summary(cost);
}

/**
 * The panel below the answer. `told` is where the fetcher finds whom to tell, for each tab has its
 * own answer.
 */
export function Waterfall({ told }) {
  const { tabs, activeTabIndex } = useEditorContext({ nonNull: true });
  const tab = tabs[activeTabIndex]?.id;
  const [costs, setCosts] = useState({});
  useEffect(() => {
    told.current = (cost) => setCosts((known) => ({ ...known, [tab]: cost }));
  }, [told, tab]);
  const cost = costs[tab];
  const rows = cost ? cost.calls.length + cost.hits.length : 0;
  return (
    <details className="cost" open>
      <summary>
        <span role="status">{headline(cost)}</span>
        {cost?.budgets.map(({ system, left }) => (
          <span key={system} className="cost-budget" data-system={system}>
            <span className="cost-swatch" aria-hidden="true" />
            {name(system)}: {left.toLocaleString('en')} left
          </span>
        ))}
      </summary>
      {rows > 0 && (
        <div className="cost-rows" role="region" aria-label="Upstream calls" tabIndex={0}>
          <Chart {...cost} />
        </div>
      )}
    </details>
  );
}
