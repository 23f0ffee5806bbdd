#include "tidemark/query/report/report_assets.h"

namespace tidemark {

const std::string_view kReportScriptPrice = R"js(
// The zoomable price chart: coarse buckets for the whole history, the rows themselves for the last week.
function priceChart(parent, ser) {
  const all = rowsOf(decode(ser.price)), recent = rowsOf(decode(ser.recent));
  const gaps = rowsOf(decode(ser.gaps)), suspects = rowsOf(decode(ser.suspects)), band = rowsOf(decode(ser.band));
  if (!all.length) { parent.append(empty('No candles of this series.')); return; }
  const first = all[0].t, last = Math.max(all[all.length - 1].t + ser.bucket, recent.length ? recent[recent.length - 1].t : 0);
  const weekStart = recent.length ? recent[0].t : last;
  const models = [...new Set(band.map(b => b.model))].sort(byModel);
  let model = models[0] || null, view = [first, last], log = null;
  const D = 86400;
  const presets = [['Last 7 days', 7 * D], ['90 days', 90 * D], ['1 year', 365 * D], ['All', last - first + 1]];
  const buttons = presets.map(([name, length]) => el('button', {type: 'button', onclick: () => { zoom(Math.max(first, last - length), last); }}, name));
  const logButton = el('button', {type: 'button', 'aria-pressed': 'false', onclick: () => { log = !(log ?? auto()); fig.redraw(); }}, 'Log scale');
  const choose = models.length > 1 ? el('select', {'aria-label': 'Model of the interval', onchange: e => { model = e.target.value; fig.redraw(); }}, models.map(m => el('option', {value: m}, m))) : null;
  parent.append(el('div', {class: 'tools'}, buttons, logButton, choose ? el('label', {}, 'interval of ', choose) : null));
  const zoom = (a, b) => {
    const least = 1800;
    if (b - a < least) { const m = (a + b) / 2; a = m - least / 2; b = m + least / 2; }
    const length = Math.min(b - a, last - first);
    a = Math.max(first, Math.min(a, last - length));
    view = [a, a + length];
    fig.redraw();
  };
  const auto = () => { const v = all.filter(p => p.t >= view[0] - ser.bucket && p.t <= view[1]); return v.length > 0 && Math.max(...v.map(p => p.high)) > 8 * Math.min(...v.map(p => p.low)); };
  const fig = figure(parent, {title: `${ser.symbol}, ${ser.venue}, ${ser.interval}`, height: 400,
    legend: [{name: 'close', cls: 'ink'}, ...(model ? [{name: 'forecast (7 days)', cls: modelClass(model), dash: true}] : []),
      {name: 'gap', box: true, style: '--c:var(--gap)'}, {name: 'suspected outage', box: true, style: '--c:color-mix(in srgb,var(--hot) 35%,var(--card))'}, {name: '◇ suspect row', cls: '', box: true, style: 'display:none'}],
    label: 'Close price over time', data: {name: 'price-' + ser.symbol, columns: [timeColumn('t', 'time'), {key: 'low', label: 'low', right: true, show: v => sig(v, 6)},
      {key: 'high', label: 'high', right: true, show: v => sig(v, 6)}, {key: 'close', label: 'close', right: true, show: v => sig(v, 6)}], rows: recent.slice(-2000)}},
  (svg, w, h, t) => {
    const box = {l: 60, r: w - 12, t: 10, b: h - 26};
    const [a, b] = view, fine = a >= weekStart - 3600 && recent.length > 1;
    const source = fine ? recent : all;
    const points = source.filter(p => p.t >= a - (fine ? 3600 : 2 * ser.bucket) && p.t <= b + ser.bucket);
    const bands = fine && model ? band.filter(p => p.model === model && p.t >= a && p.t <= b && p.lower !== null) : [];
    const lows = points.map(p => p.low).concat(bands.map(p => p.lower)), highs = points.map(p => p.high).concat(bands.map(p => p.upper));
    let y0 = Math.min(...lows), y1 = Math.max(...highs);
    if (!(y1 > 0)) return;
    const useLog = (log ?? auto()) && y0 > 0;
    logButton.setAttribute('aria-pressed', String(useLog));
    const pad = (y1 - y0 || y1) * 0.05;
    if (useLog) { y0 /= 1.08; y1 *= 1.08; } else { y0 -= pad; y1 += pad; }
    const id = 'price-clip';
    const clip = s('clipPath', {id}); clip.append(s('rect', {x: box.l, y: box.t, width: box.r - box.l, height: box.b - box.t})); svg.append(clip);
    const {x, y} = axes(svg, box, {x0: a, x1: b, y0, y1, time: true, logY: useLog, yShow: v => sig(v, 4)});
    const g = s('g', {'clip-path': `url(#${id})`});
    for (const q of gaps) {
      if (q.t1 < a || q.t0 > b || (!q.outage && (x(q.t1) - x(q.t0)) < 1)) continue;
      const r = s('rect', {class: q.outage ? 'outage' : 'gap', x: x(q.t0), width: Math.max(1.5, x(q.t1) - x(q.t0)), y: box.t, height: box.b - box.t});
      r.append(s('title', {}, `${q.outage ? 'Suspected outage' : 'Gap'} ${minute(q.t0)} – ${minute(q.t1)} (${span(q.t1 - q.t0)}, ${group(q.missing)} rows)`));
      g.append(r);
    }
    // One column per pixel: least and greatest of the rows that fall on it; a hole breaks the line.
    const columns = new Map();
    for (const p of points) {
      const px = Math.round(x(p.t + (fine ? 0 : ser.bucket / 2)));
      const c = columns.get(px);
      if (!c) columns.set(px, {px, low: p.low, high: p.high, close: p.close, t: p.t});
      else { c.low = Math.min(c.low, p.low); c.high = Math.max(c.high, p.high); c.close = p.close; c.t = p.t; }
    }
    const drawn = [...columns.values()].sort((p, q) => p.px - q.px);
    const breaks = i => i > 0 && drawn[i].t - drawn[i - 1].t > Math.max(fine ? 3 * 3600 : 3 * ser.bucket, (b - a) / 60);
    const runs = [];
    drawn.forEach((p, i) => { if (i === 0 || breaks(i)) runs.push([]); runs[runs.length - 1].push(p); });
    for (const run of runs) {
      g.append(s('path', {class: 'area ink', d: path(run.map(p => [p.px, y(p.high)])) + path(run.slice().reverse().map(p => [p.px, y(p.low)])).replace('M', 'L') + 'Z'}));
      g.append(s('path', {class: 'ln ink', style: 'stroke-width:1.3', d: path(run.map(p => [p.px, y(p.close)]))}));
    }
    if (bands.length > 1) {
      const cls = modelClass(model);
      const parts = [];
      bands.forEach((p, i) => { if (i === 0 || p.t - bands[i - 1].t > 3 * 3600) parts.push([]); parts[parts.length - 1].push(p); });
      for (const part of parts) {
        g.append(s('path', {class: 'area ' + cls, d: path(part.map(p => [x(p.t), y(p.upper)])) + path(part.slice().reverse().map(p => [x(p.t), y(p.lower)])).replace('M', 'L') + 'Z'}));
        g.append(s('path', {class: 'ln dash ' + cls, style: 'stroke-width:1.2', d: path(part.map(p => [x(p.t), y(p.price)]))}));
      }
    }
    const visible = suspects.filter(q => q.t >= a && q.t <= b), r = visible.length > 60 ? 2.5 : 5;
    for (const q of visible) {
      const cx = x(q.t), cy = Math.max(box.t + 5, Math.min(box.b - 5, y(q.close)));
      const m = s('path', {class: 'sus', style: r < 5 ? 'stroke-width:1' : '', d: `M${cx} ${cy - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}Z`});
      m.append(s('title', {}, `Suspect close ${sig(q.close, 6)} at ${minute(q.t)}; ${sig(q.before, 6)} before, ${sig(q.after, 6)} after`));
      g.append(m);
    }
    svg.append(g);
    buttons.forEach((bt, i) => bt.setAttribute('aria-pressed', String(Math.abs((b - a) - Math.min(presets[i][1], last - first)) < 2 && Math.abs(b - last) < 2)));
    const cross = s('line', {class: 'cross', y1: box.t, y2: box.b, visibility: 'hidden'});
    const brush = s('rect', {class: 'brush', y: box.t, height: box.b - box.t, width: 0, visibility: 'hidden'});
    svg.append(brush, cross);
    const local = e => { const r = svg.getBoundingClientRect(); return Math.max(box.l, Math.min(box.r, (e.clientX - r.left) * w / r.width)); };
    let from = null;
    svg.onpointerdown = e => { if (e.button === 0) { from = local(e); svg.setPointerCapture(e.pointerId); } };
    svg.onpointerup = e => {
      const to = local(e), start = from;
      from = null;
      if (start !== null && Math.abs(to - start) > 6) zoom(x.back(Math.min(start, to)), x.back(Math.max(start, to)));
    };
    svg.onpointermove = e => {
      const px = local(e);
      if (from !== null) {
        brush.setAttribute('visibility', 'visible'); brush.setAttribute('x', Math.min(px, from)); brush.setAttribute('width', Math.abs(px - from));
      }
      const p = drawn.reduce((best, c) => !best || Math.abs(c.px - px) < Math.abs(best.px - px) ? c : best, null);
      if (!p) return;
      cross.setAttribute('x1', p.px); cross.setAttribute('x2', p.px); cross.setAttribute('visibility', 'visible');
      const f = bands.length ? bands.reduce((best, c) => Math.abs(c.t - p.t) < Math.abs(best.t - p.t) ? c : best) : null;
      t.show(p.px, box.t, [el('b', {}, minute(p.t)), line('close', sig(p.close, 6)), line('range', sig(p.low, 6) + ' – ' + sig(p.high, 6)),
        ...(f && Math.abs(f.t - p.t) < 1800 ? [line(model, `${sig(f.price, 6)} [${sig(f.lower, 6)}, ${sig(f.upper, 6)}]`, modelClass(model))] : [])]);
    };
    svg.onpointerleave = () => { cross.setAttribute('visibility', 'hidden'); t.hide(); };
    svg.ondblclick = () => zoom(first, last);
    svg.onkeydown = e => {
      const length = b - a, middle = (a + b) / 2;
      const act = {ArrowLeft: () => zoom(a - length / 4, b - length / 4), ArrowRight: () => zoom(a + length / 4, b + length / 4),
        '+': () => zoom(middle - length / 4, middle + length / 4), '=': () => zoom(middle - length / 4, middle + length / 4),
        '-': () => zoom(middle - length, middle + length), '0': () => zoom(first, last)}[e.key];
      if (act) { e.preventDefault(); act(); }
    };
  });
  const two = el('div', {class: 'two'});
  parent.append(two);
  const left = el('div', {}, el('h3', {}, 'Longest gaps')), right = el('div', {}, el('h3', {}, 'Suspect rows'));
  two.append(left, right);
  left.append(gaps.length ? tableOf('gaps-' + ser.symbol, [timeColumn('t0', 'from'), timeColumn('t1', 'to'), {key: 't1', label: 'length', right: true, show: (v, r) => span(v - r.t0), csv: (v, r) => v - r.t0},
    {key: 'missing', label: 'missing rows', right: true, show: group}, {key: 'outage', label: '', show: v => v ? 'suspected outage' : ''}], gaps.slice(0, 200), `${group(Math.min(200, gaps.length))} longest`) : empty('No gap of note.'));
  right.append(el('p', {class: 'soft small'}, 'A close more than 5 % away, undone within 2 % by the next row. Kept as accepted, never removed.'),
    suspects.length ? tableOf('suspects-' + ser.symbol, [timeColumn('t', 'time'), {key: 'close', right: true, show: v => sig(v, 6)}, {key: 'before', right: true, show: v => sig(v, 6)},
      {key: 'after', right: true, show: v => sig(v, 6)}], suspects, suspects.length === 500 ? 'the 500 largest' : undefined) : empty('None.'));
  if (recent.length) zoom(Math.max(first, last - 7 * D), last);
  if (recent.length && recent.length < 200) zoom(first, last);
}
)js";

}  // namespace tidemark
