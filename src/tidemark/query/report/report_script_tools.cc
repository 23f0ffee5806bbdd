#include "tidemark/query/report/report_assets.h"

namespace tidemark {

const std::string_view kReportScriptTools = R"js(
'use strict';
const DATA = JSON.parse(document.getElementById('data').textContent);
const ORIGIN = JSON.parse(document.getElementById('origin-data').textContent);

// Reads what report_embed.h describes: {n, names, <column>: array}.
function bytesOf(text) {
  const raw = atob(text), out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out.buffer;
}
function decode(table) {
  const out = {n: table ? table.n : 0, names: [], col: {}};
  if (!table) return out;
  for (const [name, c] of Object.entries(table.c)) {
    out.names.push(name);
    if ('s' in c) out.col[name] = Array.from(new Int32Array(bytesOf(c.k)), k => k < 0 ? null : c.s[k]);
    else if ('i' in c) out.col[name] = Array.from(new Int32Array(bytesOf(c.i)), v => v === -2147483648 ? null : v);
    else out.col[name] = Array.from('f' in c ? new Float32Array(bytesOf(c.f)) : new Float64Array(bytesOf(c.d)),
                                    v => Number.isNaN(v) ? null : v);
  }
  return out;
}
const rowsOf = t => Array.from({length: t.n}, (_, i) => {
  const row = {};
  for (const name of t.names) row[name] = t.col[name][i];
  return row;
});

// Making elements.
function el(tag, attrs, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attrs || {})) {
    if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
    else if (v !== null && v !== undefined && v !== false) e.setAttribute(k, v === true ? '' : v);
  }
  for (const c of children.flat()) if (c !== null && c !== undefined) e.append(c);
  return e;
}
function s(tag, attrs, text) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const k in attrs || {}) e.setAttribute(k, attrs[k]);
  if (text !== undefined) e.textContent = text;
  return e;
}
const body = id => document.querySelector('#' + id + ' .body');

// Numbers and times as text; all times are UTC.
const group = v => Math.round(v).toLocaleString('en-US');
function sig(v, digits = 4) {
  if (v === null || v === undefined || !Number.isFinite(v)) return '–';
  if (v === 0) return '0';
  const a = Math.abs(v);
  if (a >= 1e7 || a < 1e-4) return v.toExponential(Math.max(1, digits - 2)).replace('-', '−').replace('e−', 'e-').replace('e-', 'e−');
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(a)));
  return v.toLocaleString('en-US', {maximumFractionDigits: Math.min(8, places)}).replace('-', '−');
}
const fixed = d => v => v === null || v === undefined ? '–' : v.toFixed(d).replace('-', '−');
const percent = (v, d = 1) => v === null || v === undefined ? '–' : (100 * v).toFixed(d).replace('-', '−') + ' %';
const iso = t => new Date(t * 1000).toISOString();
const day = t => iso(t).slice(0, 10);
const minute = t => iso(t).slice(0, 16).replace('T', ' ');
const month = t => iso(t).slice(0, 7);
function span(seconds) {
  if (seconds < 5400) return Math.round(seconds / 60) + ' min';
  if (seconds < 172800) return sig(seconds / 3600, 3) + ' h';
  return sig(seconds / 86400, 3) + ' d';
}
const probability = p => p === null || p === undefined ? '–' : p < 0.001 ? '< 0.001' : p.toFixed(3);

// Models keep their colour all over the page. Persistence and drift are the grey ones.
const PLAIN = new Set(['persistence', 'drift']);
const modelOrder = ['linear', 'tree', 'boosted'];
function modelClass(name) {
  if (PLAIN.has(name)) return 'mx';
  const at = modelOrder.indexOf(name);
  if (at >= 0) return 'm' + at;
  modelOrder.push(name);
  return 'm' + Math.min(3, modelOrder.length - 1);
}
const byModel = (a, b) => (PLAIN.has(a) - PLAIN.has(b)) || a.localeCompare(b);

// CSV downloads (RFC 4180) from memory.
function download(name, columns, rows) {
  const cell = v => {
    if (v === null || v === undefined) return '';
    const t = String(v);
    return /[",\r\n]/.test(t) ? '"' + t.replaceAll('"', '""') + '"' : t;
  };
  const text = [columns.map(c => cell(c.key))].concat(rows.map(r => columns.map(c =>
    cell(c.csv ? c.csv(r[c.key], r) : r[c.key])))).map(r => r.join(',')).join('\r\n') + '\r\n';
  const url = URL.createObjectURL(new Blob([text], {type: 'text/csv'}));
  el('a', {href: url, download: name + '.csv'}).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
const csvTime = t => t === null ? '' : iso(t).replace('.000Z', 'Z');
const timeColumn = (key, label, show = minute) => ({key, label, show: v => v === null ? '–' : show(v), csv: csvTime});

// A table with its CSV button. Columns: {key, label, show, right, wide, csv}.
function tableOf(name, columns, rows, note) {
  const t = el('table', {},
    el('thead', {}, el('tr', {}, columns.map(c => el('th', {class: c.right ? 'r' : null, scope: 'col'}, c.label || c.key)))),
    el('tbody', {}, rows.map(r => el('tr', {}, columns.map(c => {
      const v = c.show ? c.show(r[c.key], r) : r[c.key];
      return el('td', {class: [c.right ? 'r' : '', c.wide ? 'wide' : ''].join(' ').trim() || null},
                v === null || v === undefined ? '–' : v);
    })))));
  return el('div', {}, el('div', {class: 'scroll', tabindex: rows.length > 12 ? 0 : null}, t),
    el('div', {class: 'under'}, el('button', {type: 'button', onclick: () => download(name, columns, rows)}, 'CSV'),
       el('span', {}, (note || group(rows.length) + (rows.length === 1 ? ' row' : ' rows')))));
}
const empty = (...children) => el('div', {class: 'empty'}, ...children);
const code = text => el('code', {}, text);
)js";

}  // namespace tidemark
