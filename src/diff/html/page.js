"use strict";
const $ = id => document.getElementById(id);
const el = (tag, props, ...children) => {
  const node = Object.assign(document.createElement(tag), props || {});
  for (const child of children) node.append(child);
  return node;
};
const grouped = n => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
const RECORD = -1, OUTSIDE = -2, ROW = 26, WIDTH = 16, LANES = 6;
// A difference: column, subscripts, bytes left, bytes right, cause, rule, values, difference.
const COLUMN = 0, SUB = 1, LS = 2, LE = 3, RS = 4, RE = 5, CAUSE = 6, RULE = 7, LV = 8, RV = 9, DELTA = 10, EXPIRED = 11;
// A sample: number and bytes left, number and bytes right, key, likely, differences.
const LN = 0, LB = 1, RN = 2, RB = 3, KEY = 4, LIKELY = 5, FOUND = 6, PLACE = 7;
// Records that are listed at once: browsers end pages that are higher.
const LISTED_MOST = 500000;
let data, shown = [], selected = -1;
// All records that differ, by their place: keys (in small letters too, each in a line), where each begins, numbers, sets of what differs.
let index = null;

async function unpacked(id) {
  const text = atob($(id).textContent.trim()), packed = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) packed[at] = text.charCodeAt(at);
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
}

/* Reads the list of all, a part at a time, so that the page can be used meanwhile. Its lines are told in diff/index.rs. */
async function loadIndex() {
  const count = data.listed, lines = count ? await unpacked("index") : "";
  const made = { count, keys: "", starts: new Uint32Array(count + 1), left: new Float64Array(count), right: new Float64Array(count), sets: new Uint16Array(count), held: new Uint8Array(count) };
  const parts = [];
  let at = 0, key = "", own = 0, gap = 0, length = 0, part = [];
  for (let place = 0; place < count; place++) {
    const end = lines.indexOf("\n", at), [text, left, right, set] = lines.slice(at, end).split("\t");
    key = key.slice(0, text.charCodeAt(0) - 48) + text.slice(1);
    if (left !== "-") own += Number(left);
    if (right !== "-") gap += Number(right);
    made.starts[place] = length;
    made.left[place] = left === "-" ? NaN : own;
    made.right[place] = right === "-" ? NaN : own + gap;
    made.sets[place] = Number(set);
    part.push(key);
    length += key.length + 1;
    at = end + 1;
    if (part.length === 50000) {
      parts.push(part.join("\n") + "\n");
      part = [];
      await new Promise(resolve => setTimeout(resolve));
    }
  }
  made.starts[count] = length;
  made.keys = parts.join("") + part.map(key => key + "\n").join("");
  const small = made.keys.toLowerCase();
  made.small = small.length === made.keys.length ? small : made.keys;
  for (const sample of data.samples) if (sample[PLACE] !== null && sample[PLACE] < count) made.held[sample[PLACE]] = 1;
  index = made;
}

const keyOf = place => index.keys.slice(index.starts[place], index.starts[place + 1] - 1);
const numberOf = number => Number.isNaN(number) ? null : number;
/* What the list knows of a record, as a sample without bytes and values. */
function listed(place) {
  const found = data.sets[index.sets[place]].map(([column, cause]) => [column, "", 0, 0, 0, 0, cause, -1, "", "", null, -1]);
  return [numberOf(index.left[place]), null, numberOf(index.right[place]), null, keyOf(place), 0, found, place];
}

/* Places of the records that fit and whose bytes are not here: how many, and the first of them. */
function others(fits, q, room) {
  if (!index) return { count: 0, places: [] };
  const wanted = data.sets.map(set => set.some(([column, cause]) => fits(column, cause))), places = [];
  let count = 0;
  const take = place => { if (!index.held[place] && wanted[index.sets[place]] && count++ < room) places.push(place); };
  if (/^#\d+$/.test(q)) {
    const number = Number(q.slice(1));
    for (let place = 0; place < index.count; place++) if (index.left[place] === number || index.right[place] === number) take(place);
  } else if (q) {
    for (let at = index.small.indexOf(q); at >= 0;) {
      let low = 0, high = index.count;
      while (high - low > 1) { const middle = (low + high) >> 1; if (index.starts[middle] <= at) low = middle; else high = middle; }
      take(low);
      at = index.small.indexOf(q, index.starts[low + 1]);
    }
  } else for (let place = 0; place < index.count; place++) take(place);
  return { count, places };
}

/* Characters that cannot be seen as dots; what is empty in a word. */
const visible = text => text === "" ? "blank" : text.replace(/[\x00-\x1f\x7f-\x9f]/g, "\u00b7");
const sum = text => { const [whole, ...rest] = text.split("."); return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...rest].join("."); };
const columnName = column => column === RECORD ? "(record)" : column === OUTSIDE ? "(no field)" : data.fields[column].name;
const bytesOf = text => text === null ? null : Uint8Array.from(atob(text), c => c.charCodeAt(0));

function table(headers, numbers, rows) {
  const cell = (tag, value, index) => el(tag, { className: numbers.includes(index) ? "n" : "" }, value ?? "");
  const body = rows.map(row => el("tr", {}, ...row.map((value, index) => cell("td", value, index))));
  return el("table", {}, el("tr", {}, ...headers.map((value, index) => cell("th", value, index))), ...body);
}

function showSides() {
  const { outcome } = data, { records } = outcome;
  $("sides").append(`ours: ${outcome.left} (${grouped(records.left)} records), theirs: ${outcome.right} (${grouped(records.right)} records), paired by ${outcome.pairing}: `
    + `${grouped(records.paired)} pairs, ${grouped(records.equal)} equal, ${grouped(records.different)} different, ${grouped(records.left_only)} only in ours, ${grouped(records.right_only)} only in theirs`);
  for (const doubt of outcome.doubts) $("sides").after(el("p", { className: "note" }, `doubt: ${doubt}`));
}

function showClusters() {
  const clusters = data.outcome.clusters;
  if (!clusters.length) { $("clusters").append("Nothing differs that counts."); return; }
  const rows = clusters.map(c => {
    const by = c.difference ? (c.difference.least === c.difference.most ? c.difference.least : `${c.difference.least} to ${c.difference.most}`) : "";
    const where = c.where ? (c.where.holds === c.where.of ? "all" : `${Math.round(100 * c.where.holds / c.where.of)} %`) + ` where ${c.where.condition}` : "";
    return [String(c.cluster), c.field, c.cause, grouped(c.records), by, where, ...(c.first_night ? [`${c.first_night} (${c.nights})`] : [])];
  });
  const list = table(["", "field", "cause", "records", "difference", "condition", ...(data.outcome.history.length ? ["since (nights)"] : [])], [0, 3], rows);
  [...list.rows].slice(1).forEach((row, index) => {
    row.className = "pick";
    row.id = `cluster-${index + 1}`;
    row.tabIndex = 0;
    row.onclick = () => go({ cluster: index + 1, field: null });
    row.onkeydown = event => { if (event.key === "Enter") row.onclick(); };
  });
  $("clusters").append(list);
}

/* Fields over the bytes of the record. What shares bytes with others (other kinds of records, other views) has a lane of its own,
   which is shown if something in it differs. */
function showMap() {
  const most = Math.max(1, ...data.fields.map(f => f.different));
  const end = Math.max(1, ...data.fields.map(f => f.left ? f.left[0] + f.left[1] : 0));
  const mapped = data.fields.map((field, index) => ({ field, index })).filter(({ field }) => field.left).sort((a, b) => a.field.left[0] - b.field.left[0]);
  const lanes = [];
  for (const one of mapped) {
    const [start, length] = one.field.left;
    let lane = lanes.find(lane => lane.at <= start);
    if (!lane) lanes.push(lane = { at: 0, fields: [] });
    lane.fields.push(one);
    lane.at = start + length;
  }
  const wanted = lanes.filter((lane, index) => index === 0 || lane.fields.some(({ field }) => field.different)).slice(0, LANES);
  for (const lane of wanted) {
    const row = el("div", { className: "lane" });
    let at = 0;
    const none = length => row.append(el("div", { className: "none", style: `flex:${length / end}` }));
    for (const { field, index } of lane.fields) {
      const [start, length] = field.left;
      if (start > at) none(start - at);
      const heat = field.different ? 0.15 + 0.85 * field.different / most : 0;
      const text = `${field.name} ${field.shape}, bytes ${start + 1}-${start + length}: ${grouped(field.different)} pairs differ`;
      row.append(el("div", { title: text, style: `flex:${length / end};background:rgb(var(--hot) / ${heat})`, onclick: () => go({ cluster: null, field: index }) }, field.name));
      at = start + length;
    }
    if (at < end) none(end - at);
    $("map").append(row);
  }
  $("map").append(el("div", { className: "ruler" }, el("span", {}, "1"), el("span", {}, `${grouped(end)} bytes`)));
  const hot = data.fields.map((field, index) => ({ field, index })).filter(({ field }) => field.different).sort((a, b) => b.field.different - a.field.different);
  if (!hot.length) $("legend").append("No field differs.");
  for (const { field, index } of hot.slice(0, 60)) {
    const place = field.left ? ` (${field.left[0] + 1}-${field.left[0] + field.left[1]})` : "";
    const heat = el("i", { style: `background:rgb(var(--hot) / ${0.15 + 0.85 * field.different / most})` });
    $("legend").append(el("button", { type: "button", onclick: () => go({ cluster: null, field: index }) }, heat, el("b", {}, field.name), `${place} ${grouped(field.different)}`));
  }
  if (hot.length > 60) $("legend").append(`and ${hot.length - 60} more, which the filter lists`);
}

function showTotals() {
  const { left, right, sums } = data.outcome.totals;
  const rows = [["records", grouped(left.records), grouped(right.records), sum(String(left.records - right.records || ""))],
    ["bytes", grouped(left.bytes), grouped(right.bytes), sum(String(left.bytes - right.bytes || ""))],
    ["hash total", left.hash, right.hash, left.hash === right.hash ? "" : "differs"],
    ...sums.map(s => [`sum ${s.field}`, ...[s.left, s.right].map(side => (side.sum === null ? "too large" : sum(side.sum)) + (side.bad ? ` (${grouped(side.bad)} bad)` : "")), s.difference && /[1-9]/.test(s.difference) ? sum(s.difference) : ""])];
  $("totals").append(table(["", "ours", "theirs", "difference"], [1, 2, 3], rows));
}

function showRules() {
  const rules = data.outcome.rules;
  if (!rules.length) { $("rules").append("None."); return; }
  $("rules").append(table(["rule", "records", "owner", "until", "expired for", "why"], [1, 4],
    rules.map(r => [r.rule, grouped(r.records), r.owner ?? "", r.expires ?? "", r.expired ? grouped(r.expired) : "", r.why ?? ""])));
}

function showNights() {
  const { history, gone } = data.outcome;
  if (!history.length) return;
  $("s-nights").hidden = false;
  const amount = n => n.different + n.left_only + n.right_only, most = Math.max(1, ...history.map(amount));
  const bar = n => el("span", { className: "bar", style: `width:${Math.round(160 * amount(n) / most)}px` });
  $("nights").append(table(["night", "answer", "different", "only ours", "only theirs", "clusters", ""], [2, 3, 4, 5],
    history.slice(-60).map(n => [n.night, n.answer, grouped(n.different), grouped(n.left_only), grouped(n.right_only), grouped(n.clusters), bar(n)])));
  for (const seen of gone) $("nights").append(el("p", {}, `no longer: ${seen.field}, ${seen.cause}`));
}

/* The state is in the fragment, so that a view can be sent as a link. */
function state() {
  const given = new URLSearchParams(location.hash.slice(1)), number = name => given.has(name) ? Number(given.get(name)) : null;
  return { cluster: number("cluster"), field: number("field"), q: given.get("q") ?? "", excused: given.get("excused") === "1", at: number("at") };
}

function go(change) {
  const next = { ...state(), at: null, ...change }, fragment = new URLSearchParams();
  if (next.cluster !== null) fragment.set("cluster", next.cluster);
  if (next.field !== null) fragment.set("field", next.field);
  if (next.q) fragment.set("q", next.q);
  if (next.excused) fragment.set("excused", "1");
  if (next.at !== null) fragment.set("at", next.at);
  // Going from record to record and typing leave nothing behind that one would have to go back through.
  const is_step = "at" in change || "q" in change;
  history[is_step ? "replaceState" : "pushState"](null, "", "#" + fragment);
  apply();
}

const words = new WeakMap();
function haystack(sample) {
  if (!words.has(sample)) {
    const values = sample[FOUND].flatMap(f => [columnName(f[COLUMN]), f[LV], f[RV], f[CAUSE], f[DELTA]]);
    words.set(sample, [sample[KEY], `#${sample[LN]} #${sample[RN]} `, ...values].join("\n").toLowerCase());
  }
  return words.get(sample);
}

/* What the page holds: the first records of every cluster, and of all that they differ and in what. Counts are of all. */
function showKept() {
  const { kept, all, per_cluster, listed, csv } = data;
  if (kept >= all) return;
  const known = listed >= all ? "Of all others" : `Of the first ${grouped(listed)}`, rest = csv ? `those of all are in ${csv}` : "--csv FILE writes those of all";
  $("kept").append(`This page holds bytes and values of ${grouped(kept)} of ${grouped(all)} records that differ: the first ${grouped(per_cluster)} of each cluster, as far as there is room; ${rest}. `
    + `${known} it knows key, numbers, fields and causes, so that filters, search by key and by #record find them.`);
}

let last = "", isIt = () => true;
function apply() {
  const now = state(), cluster = now.cluster === null ? null : data.outcome.clusters[now.cluster - 1] ?? null, q = now.q.toLowerCase();
  isIt = found => (now.excused || found[RULE] < 0)
    && (!cluster || columnName(found[COLUMN]) === cluster.field && found[CAUSE] === cluster.cause)
    && (now.field === null || found[COLUMN] === now.field);
  const filter = JSON.stringify([now.cluster, now.field, q, now.excused]), is_new = filter !== last;
  if (is_new) {
    shown = data.samples.filter(sample => sample[FOUND].some(isIt) && (!q || (/^#\d+$/.test(q) ? haystack(sample).includes(q + " ") : haystack(sample).includes(q))));
    const more = others((column, cause) => (!cluster || columnName(column) === cluster.field && cause === cluster.cause) && (now.field === null || column === now.field), q, Math.max(0, LISTED_MOST - shown.length));
    const all = shown.length + more.count;
    shown = shown.concat(more.places);
    last = filter;
    $("f-cluster").value = now.cluster ?? "";
    $("f-field").value = now.field ?? "";
    $("f-excused").checked = now.excused;
    if (document.activeElement !== $("f-text")) $("f-text").value = now.q;
    document.querySelectorAll("#clusters tr.on").forEach(row => row.classList.remove("on"));
    if (cluster) $(`cluster-${now.cluster}`).classList.add("on");
    $("found").value = `${grouped(all)} records${all > shown.length ? `, the first ${grouped(shown.length)} of them listed` : ""}${of(now)}`;
    $("list").replaceChildren(el("div", { style: `height:${shown.length * ROW}px` }));
  }
  selected = Math.max(0, Math.min(now.at ?? 0, shown.length - 1));
  const list = $("list"), top = selected * ROW;
  if (is_new || top < list.scrollTop || top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = Math.max(0, (selected - 5) * ROW);
  drawRows();
  showDetail();
}

/* Among how many, where the page does not know all of them. */
function of(now) {
  if (data.kept >= data.all) return "";
  if (!index) return ` among the first ${grouped(data.kept)}; the others are being read`;
  const some = data.listed < data.all ? ` among the first ${grouped(data.listed)} of ${grouped(data.all)}` : "";
  return some + (now.q && !now.q.startsWith("#") ? ` (values are looked for in ${grouped(data.kept)}, keys in ${grouped(data.listed)})` : "");
}

/* A record of the list, with its bytes or without. */
const item = at => typeof shown[at] === "number" ? listed(shown[at]) : shown[at];

function drawRows() {
  const list = $("list"), first = Math.max(0, Math.floor(list.scrollTop / ROW) - 5), last = Math.min(shown.length, first + Math.ceil(list.clientHeight / ROW) + 12);
  list.querySelectorAll(".row").forEach(row => row.remove());
  for (let row_at = first; row_at < last; row_at++) {
    const sample = item(row_at), found = sample[FOUND].find(isIt) ?? sample[FOUND][0];
    const number = sample[LN] === sample[RN] ? `#${sample[LN]}` : `#${sample[LN] ?? "-"} | #${sample[RN] ?? "-"}`;
    const what = found[COLUMN] === RECORD ? found[CAUSE] : !sample[LB] && !sample[RB] ? `${columnName(found[COLUMN])}: ${found[CAUSE]}` : `${columnName(found[COLUMN])}${found[SUB]}: ${visible(found[LV])} \u2260 ${visible(found[RV])}`;
    const row = el("div", { className: row_at === selected ? "row on" : "row", role: "option", style: `top:${row_at * ROW}px`, onclick: () => go({ at: row_at }) });
    row.append(`${number}  ${sample[KEY] ? sample[KEY] + "  " : ""}${what}`);
    list.append(row);
  }
}

function dump(bytes, page, ranges, other) {
  const out = el("div", { className: "dump mono" });
  const differs = at => ranges.some(([from, to]) => at >= from && at < to) && (!other || at >= other.length || other[at] !== bytes[at]) || ranges.whole;
  const lines = [];
  let same = 0;
  const skip = () => { if (same) lines.push(el("span", { className: "quiet" }, `      ${same} lines without a difference\n`)); same = 0; };
  for (let start = 0; start < bytes.length; start += WIDTH) {
    const end = Math.min(start + WIDTH, bytes.length), places = Array.from({ length: end - start }, (_, index) => start + index);
    // Of long records only the lines around a difference.
    if (bytes.length > 64 * WIDTH && !ranges.whole && !ranges.some(([from, to]) => from < end + WIDTH && to > start - WIDTH)) { same++; continue; }
    skip();
    lines.push(String(start + 1).padStart(5) + "  ");
    for (let at = start; at < start + WIDTH; at++) {
      const hex = at < bytes.length ? bytes[at].toString(16).toUpperCase().padStart(2, "0") : "  ";
      lines.push(at < bytes.length && differs(at) ? el("b", {}, hex) : hex, at % 4 === 3 ? "  " : " ");
    }
    for (const at of places) lines.push(differs(at) ? el("b", {}, page[bytes[at]]) : page[bytes[at]]);
    lines.push("\n");
  }
  skip();
  out.append(...lines);
  return out;
}

function showDetail() {
  const detail = $("detail"), sample = shown.length ? item(selected) : null;
  detail.replaceChildren();
  if (!sample) { detail.append("No record."); return; }
  const [left, right] = [bytesOf(sample[LB]), bytesOf(sample[RB])];
  detail.append(el("p", { id: "which" }, `ours #${sample[LN] ?? "-"}, theirs #${sample[RN] ?? "-"}` + (sample[KEY] ? `, ${sample[KEY]}` : "") + (sample[LIKELY] ? " (without partners; taken for one record that was changed)" : "")));
  const rows = sample[FOUND].map(f => {
    const rule = f[RULE] >= 0 ? data.outcome.rules[f[RULE]].rule : f[EXPIRED] >= 0 ? `expired: ${data.outcome.rules[f[EXPIRED]].rule}` : "";
    const [ours, theirs] = f[COLUMN] < 0 || !left && !right ? ["", ""] : [visible(f[LV]), visible(f[RV])];
    return [columnName(f[COLUMN]) + f[SUB], ours, theirs, f[DELTA] ?? "", f[CAUSE], rule];
  });
  const fields = table(["field", "ours", "theirs", "difference", "cause", "rule"], [3], rows);
  fields.id = "fields";
  sample[FOUND].forEach((f, index) => { if (f[RULE] >= 0) fields.rows[index + 1].className = "excused"; });
  detail.append(fields);
  if (data.outcome.why && sample[LN] !== null) detail.append(el("p", { id: "why" }, "how ours came about: ", el("code", {}, data.outcome.why + sample[LN])));
  if (!left && !right) {
    const numbers = `${sample[LN] ?? ""},${sample[RN] ?? ""}`;
    detail.append(el("p", { id: "elsewhere" }, "Its bytes and values are not in this page", ...(data.csv ? [": they are in ", data.csv, ", in the rows that begin with ", el("code", {}, numbers)] : ["; --csv FILE writes those of all records."])));
    return;
  }
  const ranges = (from, to) => Object.assign(sample[FOUND].map(f => [f[from], f[to]]), { whole: !left || !right });
  const sides = el("div", { id: "dumps" });
  for (const [title, bytes, page, marks, other] of [["ours", left, data.pages[0], ranges(LS, LE), right], ["theirs", right, data.pages[1], ranges(RS, RE), left]]) {
    if (!bytes) continue;
    sides.append(el("div", {}, el("p", { className: "quiet" }, `${title}, ${bytes.length} bytes`), dump(bytes, page, marks, data.same_layout ? other : null)));
  }
  detail.append(sides);
}

function fillFilters() {
  $("f-cluster").append(new Option("all", ""), ...data.outcome.clusters.map(c => new Option(`${c.cluster} ${c.field}: ${c.cause}`, c.cluster)));
  $("f-field").append(new Option("all", ""), ...data.fields.map((f, index) => [f, index]).filter(([f]) => f.different || f.excused).map(([f, index]) => new Option(f.name, index)));
  $("f-cluster").onchange = () => go({ cluster: $("f-cluster").value ? Number($("f-cluster").value) : null });
  $("f-field").onchange = () => go({ field: $("f-field").value ? Number($("f-field").value) : null });
  $("f-text").oninput = () => go({ q: $("f-text").value });
  $("f-excused").onchange = () => go({ excused: $("f-excused").checked });
  $("filter").onsubmit = event => event.preventDefault();
  $("list").onscroll = drawRows;
  $("list").onkeydown = event => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key];
    if (!step || !shown.length) return;
    event.preventDefault();
    go({ at: Math.max(0, Math.min(shown.length - 1, selected + step)) });
  };
}

unpacked("data").then(text => {
  data = JSON.parse(text);
  showSides();
  showClusters();
  showKept();
  showMap();
  showTotals();
  showNights();
  showRules();
  fillFilters();
  addEventListener("hashchange", apply);
  addEventListener("popstate", apply);
  apply();
  document.body.dataset.ready = "yes";
  return loadIndex();
}).then(() => {
  if (index.count) { last = ""; apply(); }
  document.body.dataset.listed = index.count;
}).catch(error => {
  $("clusters").append(`The data of this page cannot be read: ${error}`);
});
