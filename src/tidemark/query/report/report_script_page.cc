#include "tidemark/query/report/report_assets.h"

namespace tidemark {

const std::string_view kReportScriptPage = R"js(
// Sums of one model over the days of a group: a ratio of means with a 95 % band from the days.
function ratioOf(days, top, bottom, root) {
  let a = 0, b = 0;
  for (const d of days) { a += d[top]; b += d[bottom]; }
  if (!(b > 0)) return {y: null};
  const r = a / b;
  let v = 0;
  for (const d of days) v += (d[top] - r * d[bottom]) ** 2;
  const n = days.length, se = n > 2 ? Math.sqrt(v * n / (n - 1)) / b : null;
  if (root) { const q = Math.sqrt(r); return se === null ? {y: q} : {y: q, lo: q - 1.96 * se / (2 * q), hi: q + 1.96 * se / (2 * q)}; }
  return se === null ? {y: r} : {y: r, lo: r - 1.96 * se, hi: r + 1.96 * se};
}
function grouped(rows, key) {
  const out = new Map();
  for (const r of rows) { const k = key(r); if (!out.has(k)) out.set(k, []); out.get(k).push(r); }
  return out;
}
const monthStart = t => { const d = new Date(t * 1000); return Date.UTC(d.getUTCFullYear(), d.getUTCMonth(), 1) / 1000; };
const noForecasts = () => empty('No forecasts of this series yet: ', code('tidemark run'), ' makes them once there are 10,000 rows to learn from and a month to predict.');

function perMonth(daily, f) {
  return [...grouped(daily, d => d.model)].sort((p, q) => byModel(p[0], q[0])).map(([model, days]) => ({name: model, cls: modelClass(model), dash: PLAIN.has(model),
    // A month of a few rows says nothing and would set the scale.
    points: [...grouped(days, d => monthStart(d.day))].filter(([, ds]) => ds.reduce((n, d) => n + d.n, 0) >= 100).map(([x, ds]) => ({x, ...f(ds)}))}));
}

function headline(ser, scores) {
  const totals = rowsOf(decode(DATA.all.totals))[0] || {}, spanOf = rowsOf(decode(ser.span))[0];
  const step = intervalSeconds(ser.interval), expected = step ? Math.round((spanOf.last - spanOf.first) / step) + 1 : null;
  const best = bestModel(scores);
  const h = document.getElementById('headline');
  const nodes = [el('b', {}, group(totals.read || 0)), ' rows came in; ', el('b', {}, group(totals.rejected || 0)), ' were rejected, ', el('b', {}, group(totals.revised || 0)),
    ' corrected an earlier row. ', el('b', {}, ser.symbol), ` has ${group(spanOf.rows)} rows from ${day(spanOf.first)} to ${day(spanOf.last)}`,
    expected ? [', a row in ', el('b', {}, percent(spanOf.rows / expected, 0)), ' of the minutes. '] : '. '];
  if (best) {
    const beats = best.relative_mae < 1 && best.dm_p_mae !== null && best.dm_p_mae < 0.05;
    nodes.push('The best model, ', el('b', {}, best.model), `, errs ${fixed(3)(best.relative_mae)} times as much as persistence: it `,
      el('b', {class: beats ? 'good' : ''}, beats ? 'beats persistence' : 'does not beat persistence'), ` (Diebold–Mariano p ${probability(best.dm_p_mae)}).`);
    if (scores.some(q => q.flagged)) nodes.push(' ', el('b', {class: 'bad'}, 'A score is too good to be true: see section 2.'));
  }
  h.replaceChildren(...nodes.flat());
  const latest = rowsOf(decode(ser.latest)).filter(f => !PLAIN.has(f.model)).sort((a, b) => byModel(a.model, b.model));
  const card = (k, v, d) => el('div', {class: 'cardlet'}, el('div', {class: 'k'}, k), el('div', {class: 'v'}, v), el('div', {class: 'd'}, d));
  document.getElementById('cards').replaceChildren(...[
    card('Last close', sig(spanOf.close, 6), minute(spanOf.last + (step || 0)) + ' UTC'),
    ...latest.map(f => card(`${f.model}, ${horizonText(ser)} ahead`, sig(f.price, 6), f.lower === null ? 'no interval yet' : `90 %: ${sig(f.lower, 6)} – ${sig(f.upper, 6)}`)),
    card('Rows of ' + ser.symbol, group(spanOf.rows), expected ? percent(spanOf.rows / expected) + ' of the minutes' : ''),
    card('Rejected', group(totals.rejected || 0), totals.read ? percent(totals.rejected / totals.read, 4) + ' of all rows read' : ''),
    card('Revisions', group(totals.revised || 0), group(totals.duplicate || 0) + ' duplicates')]);
}
const horizonText = ser => /^\d+$/.test(ser.horizon) ? ser.horizon + ' rows' : ser.horizon;
function intervalSeconds(text) {
  const m = /^(\d+)(s|m|h|d)$/.exec(text);
  return m ? m[1] * {s: 1, m: 60, h: 3600, d: 86400}[m[2]] : null;
}
const bestModel = scores => scores.filter(q => q.period === 'all' && q.bucket === 'all' && q.basis === 'recomputed' && !PLAIN.has(q.model) && q.relative_mae !== null)
  .sort((a, b) => a.relative_mae - b.relative_mae)[0];

const scoreColumns = first => [...first, {key: 'model'}, {key: 'n', right: true, show: group}, {key: 'n_effective', label: 'effective n', right: true, show: v => v === null ? '–' : group(v)},
  {key: 'relative_mae', label: 'relative MAE', right: true, show: fixed(4)}, {key: 'relative_rmse', label: 'relative RMSE', right: true, show: fixed(4)}, {key: 'mase', label: 'MASE', right: true, show: fixed(3)},
  {key: 'directional_accuracy', label: 'direction', right: true, show: (v, r) => v === null ? '–' : `${(100 * v).toFixed(1)} % [${(100 * r.directional_lower).toFixed(1)}, ${(100 * r.directional_upper).toFixed(1)}]`, csv: v => v},
  {key: 'ic', label: 'IC', right: true, show: fixed(3)}, {key: 'rank_ic', label: 'rank IC', right: true, show: fixed(3)},
  {key: 'dm_p_mae', label: 'DM p', right: true, show: probability}, {key: 'coverage', label: '90 % coverage', right: true, show: v => percent(v)},
  {key: 'flagged', label: '', show: v => v ? el('span', {class: 'flag bad'}, 'too good to be true') : '', csv: v => v ? 1 : 0}];

function errors(ser, daily, scores) {
  const at = body('errors');
  at.replaceChildren();
  if (!daily.length) { at.append(noForecasts()); return; }
  const total = scores.filter(q => q.period === 'all' && q.bucket === 'all');
  const several = new Set(total.map(q => q.basis)).size > 1;
  if (total.length) at.append(tableOf('scores-' + ser.symbol, scoreColumns(several ? [{key: 'basis'}] : []), total));
  const bias = rowsOf(decode(ser.revision_bias)).sort((p, q) => byModel(p.model, q.model));
  if (bias.length) {
    at.append(el('p', {class: 'soft'}, 'Revision bias: relative MAE of what was said while live, and of what today’s rows would have said, on the same rows.'));
    at.append(tableOf('revision-bias-' + ser.symbol, [{key: 'model'}, {key: 'n', right: true, show: group}, {key: 'issued', label: 'issued', right: true, show: fixed(4)},
      {key: 'recomputed', label: 'recomputed', right: true, show: fixed(4)}, {key: 'difference', label: 'difference', right: true, show: fixed(4)}], bias));
  }
  const two = el('div', {class: 'two'});
  at.append(two);
  const shared = {time: true, tipX: month, ref: 1, yShow: fixed(3), clip: true, height: 270};
  lines(two, {...shared, title: 'Relative MAE by month', file: 'relative-mae-' + ser.symbol, series: perMonth(daily, ds => ratioOf(ds, 'e', 'e0'))});
  lines(two, {...shared, title: 'Relative RMSE by month', file: 'relative-rmse-' + ser.symbol, series: perMonth(daily, ds => ratioOf(ds, 'q', 'q0', true))});
  const parts = scores.filter(q => q.bucket !== 'all' || q.period !== 'all');
  if (parts.length) {
    const d = el('details', {}, el('summary', {}, 'By year, and by how far away the target was'));
    d.append(tableOf('scores-parts-' + ser.symbol, scoreColumns([...several ? [{key: 'basis'}] : [], {key: 'period'}, {key: 'bucket', label: 'target span, min'}]), parts));
    at.append(d);
  }
}

function cumulative(ser, daily) {
  const at = body('cumulative');
  at.replaceChildren();
  if (!daily.length) { at.append(noForecasts()); return; }
  const series = [...grouped(daily, d => d.model)].sort((p, q) => byModel(p[0], q[0])).map(([model, days]) => {
    let sum = 0;
    return {name: model, cls: modelClass(model), dash: PLAIN.has(model), points: days.map(d => ({x: d.day, y: sum += d.e0 - d.e}))};
  });
  lines(at, {title: 'Cumulative absolute error saved', file: 'cumulative-' + ser.symbol, series, time: true, ref: 0, height: 280, yShow: v => sig(v, 3), legend: true, yName: 'sum of |error| saved'});
}

function deciles(ser) {
  const at = body('deciles'), rows = rowsOf(decode(ser.deciles));
  at.replaceChildren();
  if (!rows.length) { at.append(noForecasts()); return; }
  const two = el('div', {class: 'two'});
  at.append(two);
  const bp = v => 1e4 * v;
  for (const [model, ds] of [...grouped(rows, r => r.model)].sort((p, q) => byModel(p[0], q[0]))) {
    lines(two, {title: model, file: `deciles-${model}-${ser.symbol}`, height: 300, diagonal: true, xName: 'predicted, bp', yName: 'actual, bp', xShow: v => sig(v, 3), yShow: v => sig(v, 3),
      tipX: v => `predicted ${sig(v, 3)} bp`, tipY: v => sig(v, 3) + ' bp',
      series: [{name: 'mean actual return, bp', cls: modelClass(model), bars: true, dots: true, points: ds.map(d => ({x: bp(d.predicted), y: bp(d.actual), lo: bp(d.actual - 1.96 * d.se), hi: bp(d.actual + 1.96 * d.se)}))}]});
  }
  at.append(el('p', {class: 'soft small'}, 'Basis points of log return; predicted across, actual up. Bars: 95 %, from sums per day. The dashed line is where predictions mean what they say.'));
}

function rankIc(ser) {
  const at = body('ic');
  at.replaceChildren();
  const months = rowsOf(decode(ser.ic_month)), hours = rowsOf(decode(ser.ic_hour));
  if (!months.length && !hours.length) { at.append(noForecasts()); return; }
  const two = el('div', {class: 'two'});
  at.append(two);
  const by = rows => [...grouped(rows, r => r.model)].sort((p, q) => byModel(p[0], q[0])).map(([model, rs]) => ({name: model, cls: modelClass(model), points: rs.map(r => ({x: r.group, y: r.ic}))}));
  lines(two, {title: 'By month', file: 'rank-ic-month-' + ser.symbol, series: by(months), time: true, tipX: month, ref: 0, yShow: fixed(2), tipY: fixed(3)});
  const dotted = by(hours).map(v => ({...v, dots: true}));
  lines(two, {title: 'By hour of day, UTC', file: 'rank-ic-hour-' + ser.symbol, series: dotted, ref: 0, xTicks: [0, 3, 6, 9, 12, 15, 18, 21], xShow: v => v + ':00', tipX: v => v + ':00 – ' + (v + 1) + ':00', yShow: fixed(2), tipY: fixed(3)});
}

function intervals(ser) {
  const at = body('coverage'), rows = rowsOf(decode(ser.coverage));
  at.replaceChildren();
  if (!rows.length) { at.append(ser.horizon ? empty('No intervals yet: they begin after 1,000 outcomes.') : noForecasts()); return; }
  const start = p => Date.UTC(+p.slice(0, 4), +p.slice(5, 7) - 1, 1) / 1000;
  const series = [...grouped(rows, r => r.model)].sort((p, q) => byModel(p[0], q[0])).map(([model, rs]) => ({name: model, cls: modelClass(model),
    points: rs.map(r => { const se = Math.sqrt(r.coverage * (1 - r.coverage) / Math.max(1, r.n_effective ?? r.n)); return {x: start(r.period), y: r.coverage, lo: Math.max(0, r.coverage - 1.96 * se), hi: Math.min(1, r.coverage + 1.96 * se)}; })}));
  lines(at, {title: 'Outcomes inside the 90 % interval, by month', file: 'coverage-' + ser.symbol, series, time: true, tipX: month, ref: 0.9,
    yShow: v => percent(v, 0), tipY: v => percent(v), height: 250, legend: true});
}

function learnt(ser) {
  const at = body('models');
  at.replaceChildren();
  const rows = rowsOf(decode(ser.models));
  let drawn = 0;
  for (const [model, refits] of [...grouped(rows, r => r.model)].sort((p, q) => byModel(p[0], q[0]))) {
    const parsed = refits.map(r => { try { return JSON.parse(r.coefficients || r.importance); } catch { return null; } });
    const names = [...new Set(parsed.flatMap(p => p ? Object.keys(p) : []))].filter(n => n !== 'intercept' && parsed.some(p => p && typeof p[n] === 'number'));
    if (!names.length) continue;
    ++drawn;
    const signed = refits.some(r => r.coefficients);
    const cell = (r, c) => parsed[c] && typeof parsed[c][names[r]] === 'number' ? parsed[c][names[r]] : null;
    // A coefficient's size depends on its feature's unit, so each row is shown against its own largest.
    const largest = names.map((_, r) => Math.max(...refits.map((_, c) => Math.abs(cell(r, c) ?? 0))) || 1);
    const top = Math.max(...largest);
    heat(at, {title: signed ? `${model}: coefficients over ${refits.length} refits, each against its own largest` : `${model}: share of split gain over ${refits.length} refits`,
      rows: names, cols: refits, diverging: signed, left: 158, file: `models-${model}-${ser.symbol}`,
      value: (r, c) => { const v = cell(r, c); return v === null ? null : signed ? v / largest[r] : Math.sqrt(v / top); },
      show: (r, c) => [el('b', {}, names[r]), line('from ' + day(refits[c].effective_from), signed ? sig(cell(r, c), 4) : percent(cell(r, c)))],
      colTicks: (f, c) => { const d = new Date(f.effective_from * 1000); return d.getUTCMonth() === 0 || c === 0 ? String(d.getUTCFullYear()) : null; },
      columns: [timeColumn('effective_from', 'from', day), {key: 'rows', label: 'training rows', right: true, show: group}, {key: 'feature'}, {key: 'value', right: true, show: v => sig(v, 4)}],
      data: refits.flatMap((f, c) => names.map((n, r) => ({effective_from: f.effective_from, rows: f.rows, feature: n, value: cell(r, c)})))});
  }
  if (!drawn) at.append(noForecasts());
}

// Results handed over as JSON: objects in arrays become tables, single values a list.
function jsonView(at, name, value) {
  const scalar = v => v === null || typeof v !== 'object';
  const text = v => v === null ? '–' : typeof v === 'boolean' ? el('b', {class: v ? 'good' : 'bad'}, v ? 'yes' : 'no') : typeof v === 'number' ? (Number.isInteger(v) ? group(v) : sig(v, 5)) : String(v);
  const words = k => k.replaceAll('_', ' ');
  const table = (title, list) => {
    const keys = [...new Set(list.flatMap(Object.keys))].filter(k => list.some(r => scalar(r[k] ?? null)));
    at.append(el('h3', {}, words(title)), tableOf(`${name}-${title}`, keys.map(k => ({key: k, label: words(k), right: list.every(r => r[k] === undefined || r[k] === null || typeof r[k] === 'number'),
      show: v => v === undefined ? '–' : scalar(v) ? text(v) : JSON.stringify(v), csv: v => scalar(v ?? null) ? v : JSON.stringify(v)})), list));
  };
  const walk = (title, v) => {
    if (Array.isArray(v)) {
      if (v.length && v.every(r => r && typeof r === 'object' && !Array.isArray(r))) table(title, v);
      else if (v.length) at.append(el('p', {}, words(title) + ': ', v.map(x => scalar(x) ? String(x) : JSON.stringify(x)).join(', ')));
    } else if (v && typeof v === 'object') {
      const flat = Object.entries(v).filter(e => scalar(e[1]));
      if (flat.length) at.append(el('p', {}, flat.map(([k, q], i) => [i ? ' · ' : '', el('span', {class: 'soft'}, words(k) + ' '), typeof q === 'object' && q ? '' : text(q)]).flat()));
      for (const [k, q] of Object.entries(v)) if (!scalar(q)) walk(k, q);
    } else at.append(el('p', {}, text(v)));
  };
  walk(name, value);
}
function handedOver() {
  for (const [id, value, command] of [['null', DATA.all.null_market, 'tidemark evaluate --null-market'], ['study', DATA.all.study, 'tidemark evaluate --study']]) {
    const at = body(id);
    at.replaceChildren();
    if (value) jsonView(at, id === 'null' ? 'null_market' : 'study', value);
    else at.append(empty('Not part of this report. ', code(command), ' computes it; ', code('tidemark report ' + command.split(' ').pop()), ' puts it here.'));
  }
}

function missing(ser) {
  const at = body('hours'), rows = rowsOf(decode(ser.hours)), spanOf = rowsOf(decode(ser.span))[0];
  at.replaceChildren();
  const step = intervalSeconds(ser.interval);
  if (!rows.length || !step || step > 3600) { at.append(empty('Drawn for intervals of an hour or less.')); return; }
  const cols = [];
  for (let t = monthStart(spanOf.first); t <= spanOf.last;) { cols.push(t); const d = new Date(t * 1000); t = Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1, 1) / 1000; }
  const index = new Map(cols.map((t, i) => [t, i])), counts = cols.map(() => new Array(24).fill(0));
  for (const r of rows) counts[index.get(r.month)][r.hour] = r.rows;
  const days = cols.map((t, i) => Math.max(1, Math.round((Math.min(cols[i + 1] ?? Infinity, spanOf.last) - Math.max(t, spanOf.first)) / 86400)));
  const share = (r, c) => Math.min(1, counts[c][r] / (days[c] * 3600 / step));
  const hourName = r => String(r).padStart(2, '0') + ':00';
  heat(at, {title: 'Share of minutes with a row', rows: Array.from({length: 24}, (_, i) => i % 3 ? '' : hourName(i)), cols, value: share, rowHeight: 13, left: 56, file: 'hours-' + ser.symbol,
    show: (r, c) => [el('b', {}, month(cols[c]) + ', ' + hourName(r)), line('rows', `${group(counts[c][r])} (${percent(share(r, c), 0)})`)],
    colTicks: (t, c) => new Date(t * 1000).getUTCMonth() === 0 || c === 0 ? month(t).slice(0, 4) : null,
    columns: [timeColumn('month', 'month', month), {key: 'hour', right: true}, {key: 'rows', right: true, show: group}], data: rows});
  const classes = rowsOf(decode(ser.gap_classes));
  if (classes.length) at.append(el('h3', {}, 'Gaps by length'), tableOf('gap-classes-' + ser.symbol, [{key: 'length'}, {key: 'gaps', right: true, show: group},
    {key: 'missing_rows', label: 'missing rows', right: true, show: group}, {key: 'suspected_outages', label: 'suspected outages', right: true, show: group}], classes));
}

function ledger() {
  const at = body('ledger');
  at.replaceChildren();
  const rows = rowsOf(decode(DATA.all.ledger)), count = k => ({key: k, right: true, show: group});
  at.append(rows.length ? tableOf('ledger', [{key: 'source', wide: true}, count('read'), count('new'), count('revised'), count('duplicate'), count('rejected'), count('placeholder'), count('bytes'),
    {key: 'new', label: 'sum', show: (_, r) => r.read === r.new + r.revised + r.duplicate + r.rejected + r.placeholder ? el('span', {class: 'good'}, 'exact') : el('b', {class: 'bad'}, 'off'),
      csv: (_, r) => r.new + r.revised + r.duplicate + r.rejected + r.placeholder}, timeColumn('last_read', 'last read')], rows) : empty('Nothing has been read yet.'));
  const reasons = rowsOf(decode(DATA.all.reject_reasons)), examples = rowsOf(decode(DATA.all.reject_examples));
  at.append(el('h3', {}, 'Rejects'));
  if (reasons.length) {
    at.append(tableOf('reject-reasons', [{key: 'reason', show: v => code(v), csv: v => v}, {key: 'source', wide: true}, count('rows')], reasons),
      tableOf('reject-examples', [{key: 'reason', show: v => code(v), csv: v => v}, {key: 'source', wide: true}, {key: 'line', right: true, show: group}, {key: 'message', wide: true},
        {key: 'bytes', wide: true, show: v => code(v ?? ''), csv: v => v}], examples, 'up to three of each reason'));
  } else at.append(empty('None.'));
  const revised = rowsOf(decode(DATA.all.revision_counts)), last = rowsOf(decode(DATA.all.revision_examples)), price = k => ({key: k, label: k.replace('_', ' '), right: true, show: v => sig(v, 7)});
  at.append(el('h3', {}, 'Revisions'));
  if (revised.length) {
    at.append(tableOf('revisions', [{key: 'symbol'}, {key: 'venue'}, {key: 'interval'}, {key: 'source', label: 'superseded values came from', wide: true}, count('superseded')], revised),
      tableOf('revision-examples', [{key: 'symbol'}, timeColumn('open_time', 'open time'), {key: 'revision', right: true}, price('close_before'), price('close_now'), price('volume_before'), price('volume_now'),
        timeColumn('received_at', 'received')], last, 'the latest 30'));
  } else at.append(empty('None.'));
}

function origin() {
  const at = body('origin'), list = [['Lake', ORIGIN.lake], ['Epoch', String(DATA.meta.epoch)], ['Tidemark', ORIGIN.version], ['Query engine', 'DuckDB ' + DATA.meta.engine], ['Made', ORIGIN.generated_at]];
  at.replaceChildren(el('p', {}, list.filter(([, v]) => v).map(([k, v], i) => [i ? ' · ' : '', el('span', {class: 'soft'}, k + ' '), v]).flat()));
  if (ORIGIN.command) at.append(el('h3', {}, 'To make these tables again'), el('pre', {}, ORIGIN.command));
  if (ORIGIN.digests.length) at.append(el('h3', {}, 'Digests'), tableOf('digests', [{key: 'name', label: 'table and series'}, {key: 'digest', label: 'rows and sha256', wide: true, show: v => code(v), csv: v => v}], ORIGIN.digests));
  at.append(el('p', {class: 'soft small'}, 'The same rows give the same digests, however they came: ', code('tidemark verify --digest'), ' prints them, ', code('tidemark verify'), ' recomputes every derived number and compares bits.'));
  if (ORIGIN.config) at.append(el('h3', {}, 'Configuration'), el('pre', {}, ORIGIN.config));
}

function show(index) {
  const ser = DATA.series[index];
  document.querySelectorAll('#tabs button').forEach((b, i) => b.setAttribute('aria-pressed', String(i === index)));
  const scores = rowsOf(decode(ser.scores)), daily = rowsOf(decode(ser.daily));
  headline(ser, scores);
  body('price').replaceChildren();
  priceChart(body('price'), ser);
  errors(ser, daily, scores);
  cumulative(ser, daily);
  deciles(ser);
  rankIc(ser);
  intervals(ser);
  learnt(ser);
  missing(ser);
}

function start() {
  document.getElementById('title').textContent = DATA.meta.title;
  document.getElementById('where').textContent = [DATA.meta.lake, 'epoch ' + DATA.meta.epoch, ORIGIN.generated_at].filter(Boolean).join(' · ');
  document.querySelector('.bar nav').append(...[...document.querySelectorAll('section')].map((q, i) => el('a', {href: '#' + q.id}, `${i + 1} ${['Price', 'Errors', 'Saved', 'Deciles', 'Rank IC', 'Intervals', 'Models', 'Null market', 'Study', 'Rows', 'Ledger', 'Origin'][i]}`)));
  const root = document.documentElement, wanted = new URLSearchParams(location.search).get('theme');
  const button = document.getElementById('theme'), dark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  if (wanted === 'dark' || wanted === 'light') root.dataset.theme = wanted;
  const name = () => { button.textContent = dark() ? 'Light' : 'Dark'; };
  button.onclick = () => { root.dataset.theme = dark() ? 'light' : 'dark'; name(); };
  name();
  handedOver();
  ledger();
  origin();
  const tabs = document.getElementById('tabs');
  tabs.append(...DATA.series.map((q, i) => el('button', {type: 'button', onclick: () => show(i)}, `${q.symbol} · ${q.venue} · ${q.interval}`)));
  if (DATA.meta.series_total > DATA.series.length) tabs.append(el('span', {class: 'soft small'}, `and ${DATA.meta.series_total - DATA.series.length} more series not shown`));
  if (DATA.series.length) show(0);
  else {
    document.getElementById('headline').textContent = 'This lake has no candles yet.';
    for (const id of ['price', 'errors', 'cumulative', 'deciles', 'ic', 'coverage', 'models', 'hours']) body(id).append(empty('Nothing to show before the first ', code('tidemark run'), '.'));
  }
  document.getElementById('footer').textContent = 'Tidemark ' + ORIGIN.version + '. This page is one file: it asks no network and keeps nothing.';
  const seen = new IntersectionObserver(entries => {
    for (const e of entries) if (e.isIntersecting) document.querySelectorAll('.bar nav a').forEach(a => a.classList.toggle('on', a.hash === '#' + e.target.id));
  }, {rootMargin: '-20% 0px -70% 0px'});
  document.querySelectorAll('section').forEach(q => seen.observe(q));
}
start();
)js";

}  // namespace tidemark
