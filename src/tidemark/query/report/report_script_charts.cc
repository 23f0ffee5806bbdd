#include "tidemark/query/report/report_assets.h"

namespace tidemark {

const std::string_view kReportScriptCharts = R"js(
// Scales and ticks.
function linear(d0, d1, r0, r1) {
  const k = d1 > d0 ? (r1 - r0) / (d1 - d0) : 0;
  const f = v => r0 + (v - d0) * k;
  f.back = p => k ? d0 + (p - r0) / k : d0;
  return f;
}
function ticks(lo, hi, count) {
  const raw = (hi - lo) / Math.max(1, count);
  if (!(raw > 0)) return [lo];
  const base = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map(m => m * base).find(v => v >= raw);
  const out = [];
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi + step * 1e-9; i++) out.push(i * step);
  return out;
}
function timeTicks(lo, hi, count) {
  const H = 3600, D = 86400, want = (hi - lo) / count;
  const fit = [60, 300, 900, H, 3 * H, 6 * H, 12 * H, D, 2 * D, 7 * D, 14 * D].find(v => v >= want);
  const out = [];
  if (fit) {
    for (let t = Math.ceil(lo / fit) * fit; t <= hi; t += fit) {
      out.push([t, fit < D && t % D ? iso(t).slice(11, 16) : new Date(t * 1000).toLocaleDateString('en-GB',
        {timeZone: 'UTC', day: 'numeric', month: 'short'})]);
    }
    return out;
  }
  const months = [1, 2, 3, 6, 12, 24, 60].find(m => m * 30.4 * D >= want) || 120;
  const d = new Date(lo * 1000);
  for (let k = Math.ceil((d.getUTCFullYear() * 12 + d.getUTCMonth() + 0.001) / months) * months;; k += months) {
    const t = Date.UTC(Math.floor(k / 12), k % 12, 1) / 1000;
    if (t > hi) return out;
    out.push([t, months >= 12 || k % 12 === 0 ? String(Math.floor(k / 12)) :
      new Date(t * 1000).toLocaleDateString('en-GB', {timeZone: 'UTC', month: 'short', year: '2-digit'})]);
  }
}

// A figure that redraws itself at its width: draw(svg, width, height).
const redraws = new Set();
const watcher = new ResizeObserver(entries => {
  for (const e of entries) {
    const f = e.target.redraw;
    if (f && Math.abs(e.contentRect.width - e.target.drawn) > 2) f();
  }
});
function figure(parent, {title, legend = [], height = 260, label, data, note}, draw) {
  const svg = s('svg', {role: 'img', tabindex: 0, 'aria-label': label || title});
  const tip = el('div', {class: 'tip'});
  const holder = el('div', {style: 'position:relative'}, svg, tip);
  const fig = el('figure', {}, el('figcaption', {}, title, el('span', {class: 'legend'}, legend.map(l =>
    el('span', {}, el('i', {class: [l.cls, l.dash ? 'dash' : '', l.box ? 'box' : ''].join(' '), style: l.style || null}), l.name)))), holder);
  if (note) fig.append(el('p', {class: 'soft small'}, note));
  if (data && data.rows.length) {
    const d = el('details', {}, el('summary', {}, 'Numbers'));
    d.addEventListener('toggle', () => { if (d.open && d.children.length === 1) d.append(tableOf(data.name, data.columns, data.rows)); });
    fig.append(d);
  }
  parent.append(fig);
  const show = (x, y, nodes) => {
    tip.replaceChildren(...nodes);
    tip.classList.add('on');
    const w = holder.clientWidth;
    tip.style.left = Math.max(0, Math.min(w - tip.offsetWidth, x + 14 + tip.offsetWidth > w ? x - tip.offsetWidth - 14 : x + 14)) + 'px';
    tip.style.top = Math.max(0, y) + 'px';
  };
  const hide = () => tip.classList.remove('on');
  const redraw = () => {
    const w = Math.max(280, holder.clientWidth);
    holder.drawn = w;
    svg.setAttribute('viewBox', `0 0 ${w} ${height}`);
    svg.setAttribute('height', height);
    svg.replaceChildren();
    draw(svg, w, height, {show, hide});
  };
  holder.redraw = redraw;
  watcher.observe(holder);
  redraw();
  return {redraw, svg, show, hide};
}
const line = (name, value, cls) => el('div', {}, cls ? el('span', {class: cls, style: 'color:var(--c);margin-right:5px'}, '●') : null,
  name + ' ', el('b', {}, value));

// Axes inside a box; returns the scales.
function axes(svg, box, {x0, x1, y0, y1, time, yShow, xShow, xTicks, logY}) {
  const x = linear(x0, x1, box.l, box.r);
  const ty = logY ? Math.log : v => v;
  const raw = linear(ty(y0), ty(y1), box.b, box.t);
  const y = v => raw(ty(v));
  const yt = logY ? logTicks(y0, y1) : ticks(y0, y1, Math.max(2, (box.b - box.t) / 46));
  for (const v of yt) {
    svg.append(s('line', {class: 'grid', x1: box.l, x2: box.r, y1: y(v), y2: y(v)}));
    svg.append(s('text', {x: box.l - 8, y: y(v) + 4, 'text-anchor': 'end'}, yShow(v)));
  }
  const xt = time ? timeTicks(x0, x1, Math.max(2, (box.r - box.l) / 92)) :
    (xTicks || ticks(x0, x1, Math.max(2, (box.r - box.l) / 80))).map(v => [v, xShow ? xShow(v) : String(v)]);
  for (const [v, text] of xt) {
    svg.append(s('line', {class: 'axis', x1: x(v), x2: x(v), y1: box.b, y2: box.b + 4}));
    svg.append(s('text', {x: x(v), y: box.b + 18, 'text-anchor': 'middle'}, text));
  }
  svg.append(s('line', {class: 'axis', x1: box.l, x2: box.r, y1: box.b, y2: box.b}));
  return {x, y};
}
function logTicks(lo, hi) {
  const all = [];
  for (let e = Math.floor(Math.log10(lo)) - 1; e <= Math.log10(hi) + 1; e++) for (const m of [1, 2, 5]) all.push(m * 10 ** e);
  const out = all.filter(v => v >= lo * 0.999 && v <= hi * 1.001);
  return out.length >= 3 ? out : ticks(lo, hi, 4).filter(v => v > 0);
}
const path = points => points.map((p, i) => (i && p ? 'L' : 'M') + p[0].toFixed(1) + ' ' + p[1].toFixed(1)).join('');

// Lines over time or numbers. series: [{name, cls, dash, points: [{x, y, lo, hi}], dots, bars}].
function lines(parent, o) {
  const all = o.series.flatMap(q => q.points).filter(p => p.y !== null);
  if (!all.length) { parent.append(empty('Nothing to draw yet.')); return; }
  const xs = [...new Set(all.map(p => p.x))].sort((a, b) => a - b);
  const inside = all.flatMap(p => [p.y, ...(o.clip ? [] : [p.lo ?? p.y, p.hi ?? p.y])]).concat(o.ref === undefined ? [] : [o.ref]);
  // Single wild months may not flatten all the others: the axis ends at robust bounds.
  const sorted = inside.slice().sort((a, b) => a - b);
  const q = f => sorted[Math.min(sorted.length - 1, Math.floor(f * sorted.length))];
  let y0 = o.clip ? q(0.01) : sorted[0], y1 = o.clip ? q(0.99) : sorted[sorted.length - 1];
  if (o.ref !== undefined) { y0 = Math.min(y0, o.ref); y1 = Math.max(y1, o.ref); }
  const pad = (y1 - y0 || Math.abs(y1) || 1) * 0.08;
  y0 -= pad; y1 += pad;
  let x0 = xs[0], x1 = xs[xs.length - 1];
  if (x0 === x1) { x0 -= 1; x1 += 1; }
  const xpad = o.time ? 0 : (x1 - x0) * 0.04;
  let at = -1;
  const fig = figure(parent, {title: o.title, height: o.height, note: o.note, label: o.title + ': ' + o.series.map(v => v.name).join(', '),
    legend: o.series.length > 1 || o.legend ? o.series.map(v => ({name: v.name, cls: v.cls, dash: v.dash})) : [],
    data: {name: o.file, columns: [{key: 'x', label: o.xName || 'time', csv: o.time ? csvTime : undefined, show: o.time ? (o.tipX || day) : undefined},
      {key: 'series', label: 'series'}, {key: 'y', label: o.yName || 'value', right: true, show: v => sig(v, 5)},
      {key: 'lo', label: 'lower', right: true, show: v => sig(v, 5)}, {key: 'hi', label: 'upper', right: true, show: v => sig(v, 5)}],
      rows: o.series.flatMap(v => v.points.map(p => ({x: p.x, series: v.name, y: p.y, lo: p.lo ?? null, hi: p.hi ?? null})))}},
  (svg, w, h, t) => {
    const box = {l: 54, r: w - 12, t: 10, b: h - 26};
    const id = 'c' + Math.random().toString(36).slice(2);
    const clip = s('clipPath', {id}); clip.append(s('rect', {x: box.l, y: box.t - 4, width: box.r - box.l, height: box.b - box.t + 4}));
    svg.append(clip);
    const {x, y} = axes(svg, box, {x0: x0 - xpad, x1: x1 + xpad, y0, y1, time: o.time, yShow: o.yShow || (v => sig(v, 3)), xShow: o.xShow, xTicks: o.xTicks});
    const g = s('g', {'clip-path': `url(#${id})`});
    if (o.diagonal) g.append(s('line', {class: 'ref', x1: x(Math.max(x0, y0)), y1: y(Math.max(x0, y0)), x2: x(Math.min(x1, y1)), y2: y(Math.min(x1, y1))}));
    if (o.ref !== undefined) g.append(s('line', {class: 'ref', x1: box.l, x2: box.r, y1: y(o.ref), y2: y(o.ref)}));
    for (const v of o.series) {
      const pts = v.points.filter(p => p.y !== null);
      const banded = pts.filter(p => p.lo !== null && p.lo !== undefined);
      if (banded.length && !v.bars) g.append(s('path', {class: 'area ' + v.cls, d: path(banded.map(p => [x(p.x), y(p.hi)])) + path(banded.slice().reverse().map(p => [x(p.x), y(p.lo)])).replace('M', 'L') + 'Z'}));
    }
    for (const v of o.series) {
      const pts = v.points.filter(p => p.y !== null);
      if (v.bars) for (const p of pts) if (p.lo !== null && p.lo !== undefined) g.append(s('line', {class: 'err ' + v.cls, x1: x(p.x), x2: x(p.x), y1: y(p.lo), y2: y(p.hi)}));
      g.append(s('path', {class: 'ln ' + v.cls + (v.dash ? ' dash' : ''), d: path(pts.map(p => [x(p.x), y(p.y)]))}));
      if (v.dots || pts.length < 3) for (const p of pts) g.append(s('circle', {class: 'dot ' + v.cls, cx: x(p.x), cy: y(p.y), r: 4}));
    }
    svg.append(g);
    const cross = s('line', {class: 'cross', y1: box.t, y2: box.b, visibility: 'hidden'});
    svg.append(cross);
    const point = i => {
      at = i;
      cross.setAttribute('x1', x(xs[i])); cross.setAttribute('x2', x(xs[i])); cross.setAttribute('visibility', 'visible');
      const head = o.time ? (o.tipX || day)(xs[i]) : (o.tipX || String)(xs[i]);
      const rows = o.series.map(v => [v, v.points.find(p => p.x === xs[i] && p.y !== null)]).filter(r => r[1]);
      const show = o.tipY || o.yShow || (n => sig(n, 4));
      t.show(x(xs[i]), box.t, [el('b', {}, head), ...rows.map(([v, p]) => line(v.name, show(p.y) +
        (p.lo !== null && p.lo !== undefined ? ` [${show(p.lo)}, ${show(p.hi)}]` : ''), v.cls))]);
      document.getElementById('live').textContent = head + ': ' + rows.map(([v, p]) => v.name + ' ' + show(p.y)).join(', ');
    };
    const off = () => { cross.setAttribute('visibility', 'hidden'); t.hide(); };
    svg.onpointermove = e => {
      const r = svg.getBoundingClientRect(), want = x.back((e.clientX - r.left) * w / r.width);
      let lo = 0, hi = xs.length - 1;
      while (hi - lo > 1) { const m = (lo + hi) >> 1; if (xs[m] < want) lo = m; else hi = m; }
      point(want - xs[lo] < xs[hi] - want ? lo : hi);
    };
    svg.onpointerleave = off; svg.onblur = off;
    svg.onkeydown = e => {
      const move = {ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12}[e.key];
      if (move === undefined) return;
      e.preventDefault();
      point(Math.max(0, Math.min(xs.length - 1, at + move)));
    };
  });
  return fig;
}

// A grid of coloured cells. value(r, c) in [0, 1] (sequential) or [−1, 1] (diverging), null: no cell.
function heat(parent, {title, rows, cols, value, show, diverging, colTicks, rowHeight = 15, left = 150, legend, file, columns, data, note}) {
  figure(parent, {title, height: rows.length * rowHeight + 30, note, label: title, data: {name: file, columns, rows: data},
    legend: diverging ? [{name: 'negative', cls: '', box: true, style: '--c:var(--cold)'}, {name: 'positive', cls: '', box: true, style: '--c:var(--hot)'}] : []},
  (svg, w, h, t) => {
    const cw = (w - left - 8) / Math.max(1, cols.length);
    rows.forEach((name, r) => {
      svg.append(s('text', {x: left - 8, y: r * rowHeight + rowHeight * 0.5 + 4, 'text-anchor': 'end', style: rowHeight < 12 ? 'font-size:10px' : ''}, name));
      for (let c = 0; c < cols.length; c++) {
        const v = value(r, c);
        if (v === null) continue;
        const a = Math.min(1, Math.abs(v));
        svg.append(s('rect', {x: (left + c * cw).toFixed(2), y: r * rowHeight + 1, width: Math.max(1, cw - (cw > 6 ? 1 : 0)).toFixed(2), height: rowHeight - 1,
          style: `fill:color-mix(in srgb,var(${diverging ? (v < 0 ? '--cold' : '--hot') : '--seq'}) ${(100 * a).toFixed(0)}%,var(--mid))`}));
      }
    });
    let last = -99;
    cols.forEach((name, c) => {
      const text = colTicks(name, c), px = left + (c + 0.5) * cw;
      if (text === null || px - last < 40) return;
      last = px;
      svg.append(s('text', {x: px, y: rows.length * rowHeight + 18, 'text-anchor': 'middle'}, text));
    });
    svg.onpointermove = e => {
      const b = svg.getBoundingClientRect();
      const c = Math.floor(((e.clientX - b.left) * w / b.width - left) / cw), r = Math.floor((e.clientY - b.top) * h / b.height / rowHeight);
      if (r < 0 || r >= rows.length || c < 0 || c >= cols.length || value(r, c) === null) { t.hide(); return; }
      t.show(left + c * cw, r * rowHeight, show(r, c));
    };
    svg.onpointerleave = () => t.hide();
  });
}
)js";

}  // namespace tidemark
