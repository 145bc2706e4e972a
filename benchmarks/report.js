// The questions of a report: filtered, in pages, each row opening to all that is known of it. Texts are set as text only.
const report = JSON.parse(document.getElementById("data").textContent);
const PER_PAGE = 100, PLAIN = 160;
const [ITEM, STRATEGY, RIGHT, STATUS, ANSWER, CONFIDENCE, BY, REASON, FAST, USAGE, ERROR, TRACE, SUPPORT, VERDICT, WHY] = Array.from({ length: 15 }, (_, at) => at);
const [ID, GROUP, QUESTION, GOLD, LEVEL] = [0, 1, 2, 3, 4];
const TONES = { proved: "good", supported: "good", unverified: "open", abstained: "quiet" };
const statusOf = row => report.statuses[row[STATUS]];
const itemOf = row => report.items[row[ITEM]];
// What the names of all items begin with is left out in the list, up to a slash.
const shared = (() => {
  let common = report.items.length > 1 ? report.items[0][ID] : "";
  for (const item of report.items) { let at = 0; while (at < common.length && common[at] === item[ID][at]) at++; common = common.slice(0, at); }
  return common.lastIndexOf("/") + 1;
})();
const ofItem = report.items.map(() => []);
report.rows.forEach((row, at) => ofItem[row[ITEM]].push(at));
const words = new Array(report.rows.length);
function searched(at) {
  if (words[at] === undefined) {
    const row = report.rows[at], item = itemOf(row);
    words[at] = [item[ID], item[QUESTION], item[GOLD], row[ANSWER], row[REASON], row[FAST], row[ERROR], row[BY]].filter(Boolean).join("\n").toLowerCase();
  }
  return words[at];
}

function menu(name, options) {
  const select = el("select"), label = put(el("label", name), select);
  for (const [value, text] of options) { const one = el("option", short(text, 60)); one.value = value; put(select, one); }
  select.addEventListener("change", () => filter());
  return { label, select };
}
const numbered = (all, names) => [["", all], ...names.map((name, at) => [String(at), name])];
const strategyMenu = menu("strategy", numbered("all", report.strategies));
const outcomeMenu = menu("outcome", [["", "all"], ["right", "right"], ["wrong", "wrong"], ["failed", "failed"], ["none", "no answer"], ["open", "undecided"], ["differ", "strategies differ"],
  ...report.strategies.flatMap((name, at) => [[`won ${at}`, `right, where ${name} is not`], [`lost ${at}`, `wrong, where ${name} is right`]])]);
const statusMenu = menu("status", numbered("all", report.statuses));
const groupMenu = menu("group", numbered("all", report.groups));
const search = el("input"), searchLabel = put(el("label", "text in question, answers, reasons", "wide"), search);
search.type = "search";
let waiting = 0;
search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => filter(), 150); });

function keeps(outcome, at) {
  const row = report.rows[at];
  if (outcome === "right") return row[RIGHT] === 1;
  if (outcome === "wrong") return row[RIGHT] === 0;
  if (outcome === "failed") return row[ERROR] !== null;
  if (outcome === "none") return row[ANSWER] === null;
  if (outcome === "open") return row[VERDICT] === "UNKNOWN" && row[ERROR] === null && row[ANSWER] !== null;
  const others = ofItem[row[ITEM]].map(other => report.rows[other]);
  if (outcome === "differ") return others.some(other => other[RIGHT] !== row[RIGHT]);
  const [kind, place] = outcome.split(" "), other = others.find(one => one[STRATEGY] === Number(place));
  return other !== undefined && (kind === "won" ? row[RIGHT] > other[RIGHT] : row[RIGHT] < other[RIGHT]);
}

let found = [], from = 0;
function filter() {
  const number = one => one.select.value === "" ? null : Number(one.select.value);
  const strategy = number(strategyMenu), wanted = number(statusMenu), group = number(groupMenu);
  const outcome = outcomeMenu.select.value, text = search.value.trim().toLowerCase();
  found = [];
  report.rows.forEach((row, at) => {
    if (strategy !== null && row[STRATEGY] !== strategy) return;
    if (wanted !== null && row[STATUS] !== wanted) return;
    if (group !== null && itemOf(row)[GROUP] !== group) return;
    if (outcome && !keeps(outcome, at)) return;
    if (text && !searched(at).includes(text)) return;
    found.push(at);
  });
  from = 0;
  draw();
}

const list = el("div", null, "rows"), counts = [el("span"), el("span")], pagers = [pager(0), pager(1)];
counts[0].setAttribute("aria-live", "polite");
function pager(which) {
  const back = el("button", "‹ back"), on = el("button", "on ›"), box = el("div", null, "pager");
  const turn = by => () => { from += by; draw(); if (which) document.getElementById("items").scrollIntoView(); };
  back.addEventListener("click", turn(-PER_PAGE));
  on.addEventListener("click", turn(PER_PAGE));
  return { box: put(box, back, on, counts[which]), back, on };
}
function draw() {
  const to = Math.min(found.length, from + PER_PAGE), right = found.reduce((sum, at) => sum + report.rows[at][RIGHT], 0);
  const say = number => number.toLocaleString("en");
  const text = found.length ? `${say(from + 1)} to ${say(to)} of ${say(found.length)}` + (found.length < report.rows.length ? ` (all: ${say(report.rows.length)})` : "") + `, ${say(right)} right` : "none";
  for (const count of counts) count.textContent = text;
  for (const { back, on } of pagers) { back.disabled = from === 0; on.disabled = to >= found.length; }
  list.replaceChildren(...found.slice(from, to).map(line));
  pagers[1].box.hidden = found.length <= PER_PAGE;
}

const plain = text => short((text || "").slice(0, PLAIN * 4), PLAIN);
function line(at) {
  const row = report.rows[at], item = itemOf(row), box = el("div", null, "row"), top = el("button", null, "cells");
  const cell = (text, cls) => { const one = el("span", text, cls); one.dir = "auto"; return one; };
  const mark = el("span", row[RIGHT] ? "✓" : "✗", row[RIGHT] ? "good" : "bad");
  mark.setAttribute("aria-label", row[RIGHT] ? "right" : "wrong");
  const answer = row[ERROR] !== null ? cell("failed", "answer bad") : row[ANSWER] === null ? cell("no answer", "answer quiet") : cell(plain(row[ANSWER]) || "(empty)", "answer");
  put(top, mark, cell(plain(item[ID].slice(shared))), cell(report.strategies[row[STRATEGY]]), cell(statusOf(row), "status " + (TONES[statusOf(row)] || "")), answer, cell(plain(item[GOLD]), "gold"), cell(plain(item[QUESTION]), "ask"));
  top.setAttribute("aria-expanded", "false");
  top.addEventListener("click", () => {
    const isOpen = box.classList.toggle("is-open");
    top.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) put(box, detail(at)); else box.lastChild.remove();
  });
  return put(box, top);
}

function detail(at) {
  const row = report.rows[at], item = itemOf(row), box = el("div", null, "detail"), told = el("dl");
  const say = (name, one) => put(told, el("dt", name), put(el("dd"), one));
  const text = (words, cls) => { const one = el("pre", words === "" ? "(empty)" : words, cls); one.dir = "auto"; return one; };
  const others = ofItem[row[ITEM]];
  if (others.length > 1) {
    const chips = el("div", null, "chips");
    for (const other of others) {
      const one = el("button", `${report.rows[other][RIGHT] ? "✓" : "✗"} ${report.strategies[report.rows[other][STRATEGY]]}`, report.rows[other][RIGHT] ? "good" : "bad");
      one.setAttribute("aria-pressed", String(other === at));
      one.addEventListener("click", () => box.replaceWith(detail(other)));
      put(chips, one);
    }
    say("same question", chips);
  }
  say("item", text(item[ID], "words"));
  const kind = [item[GROUP] === null ? "" : report.groups[item[GROUP]], item[LEVEL] || ""].filter(Boolean).join(", ");
  if (kind) say("kind", text(kind, "words"));
  say("question", text(item[QUESTION], "said"));
  say("gold", text(item[GOLD]));
  say("answer", row[ANSWER] === null ? el("span", "none", "quiet") : text(row[ANSWER], row[RIGHT] ? "said good" : "said bad"));
  if (row[FAST] !== null && row[FAST] !== row[ANSWER]) say("fast answer", text(row[FAST]));
  const facts = [report.strategies[row[STRATEGY]], statusOf(row), row[BY] ? `by ${row[BY]}` : "", row[CONFIDENCE] === null ? "" : `confidence ${row[CONFIDENCE].toFixed(3)}`, row[SUPPORT] === null ? "" : `${(100 * row[SUPPORT]).toFixed(1)} % of votes`];
  say("status", el("span", facts.filter(Boolean).join(", ")));
  if (row[WHY] || row[VERDICT] === "UNKNOWN") say("marking", text([row[VERDICT], row[WHY]].filter(Boolean).join(": "), "words"));
  if (row[REASON]) say("reason", text(row[REASON], "words"));
  if (row[ERROR] !== null) say("error", text(row[ERROR], "said bad"));
  const spent = Object.entries(row[USAGE]).map(([name, value]) => `${name} ${typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 2 }) : typeof value === "object" ? JSON.stringify(value) : value}`);
  if (spent.length) say("usage", el("span", spent.join(", ")));
  if (row[TRACE] !== null) say("trace", traced(row[TRACE]));
  return put(box, told);
}

function traced(where) {
  if (where === "") return el("span", "named in the row, but its file is not there", "quiet");
  if (typeof where === "string") {
    const link = el("a", where);
    link.href = "./" + where;
    return put(el("span", "not in this page: "), link);
  }
  const box = el("div"), open = el("button", "show the trace");
  open.addEventListener("click", () => {
    if (box.childNodes.length > 1) { box.lastChild.remove(); open.textContent = "show the trace"; return; }
    const frame = el("div", null, "trace"), root = frame.attachShadow({ mode: "open" });
    put(box, frame);
    put(root, document.getElementById("trace-look").content.cloneNode(true));
    showTrace(JSON.parse(document.getElementById("trace-" + where).textContent), root);
    open.textContent = "hide the trace";
  });
  return put(box, open);
}

const filters = put(el("div", null, "filters"), strategyMenu.label, outcomeMenu.label, statusMenu.label, report.groups.length ? groupMenu.label : null, searchLabel);
const titles = el("div", null, "cells titles");
for (const name of ["", "item", "strategy", "status", "answer", "gold", "question"]) put(titles, el("span", name));
put(document.getElementById("items"), filters, pagers[0].box, titles, list, pagers[1].box);
filter();
