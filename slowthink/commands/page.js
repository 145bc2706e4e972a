"use strict";
const SVG = "http://www.w3.org/2000/svg";
const MARKS = { PROVED: ["✓", "good"], REFUTED: ["✗", "bad"], UNKNOWN: ["?", "open"] };

function el(name, text, cls) {
  const one = document.createElement(name);
  if (text !== undefined && text !== null) one.textContent = text;
  if (cls) one.className = cls;
  return one;
}
function put(parent, ...children) { for (const one of children) if (one) parent.appendChild(one); return parent; }
function svg(name, attributes) {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes || {})) one.setAttribute(key, value);
  return one;
}
function short(text, most) {
  const line = (text || "").replace(/\s+/g, " ").trim();
  return line.length > most ? line.slice(0, most - 1) + "…" : line;
}
function said(parts) {
  const box = el("pre");
  for (const [kind, text] of parts) put(box, kind === "=" ? document.createTextNode(text) : el(kind === "-" ? "del" : "ins", text.trim()));
  return box;
}

// Draws the trace `run` (what `trace_data` gives) into `root`: the body of a page, or a shadow tree with its style.
function showTrace(run, root) {
  const view = el("div"), detail = el("div");
  view.id = "view"; detail.id = "detail"; detail.setAttribute("aria-live", "polite");

  function header() {
    const top = el("header"), ended = run.ended;
    put(top, el("h1", run.question || "(a trace without its beginning)"));
    const line = el("p");
    if (ended) put(line, el("strong", ended.answer === null ? "no answer" : "answer: " + short(ended.answer, 200)), document.createTextNode(` · ${ended.status}` + (ended.answered_by ? `, by ${ended.answered_by}` : "")));
    else put(line, el("strong", "this run broke off; what it had done is shown", "bad"));
    const nodes = run.trees.reduce((sum, tree) => sum + tree.nodes.length, 0);
    const use = ended ? ended.usage : null;
    const cost = use ? `${use.tokens} tokens, ${use.seconds.toFixed(1)} s, ${use.repairs} repairs, ${use.rewinds} rewinds` : `${run.tokens} tokens so far`;
    put(line, document.createTextNode(` · ${run.strategy || "?"} on ${run.model || "?"} · ${cost} · ${nodes} nodes`));
    return put(top, line);
  }

  function layout(tree) {
    const children = tree.nodes.map(() => []);
    for (const node of tree.nodes) if (node.parent !== null && children[node.parent]) children[node.parent].push(node.id);
    const row = new Array(tree.nodes.length).fill(0);
    let next = 0;
    const stack = tree.nodes.length ? [[0, false]] : [];
    while (stack.length) {
      const [id, done] = stack.pop(), below = children[id];
      if (!below.length) row[id] = next++;
      else if (done) row[id] = (row[below[0]] + row[below[below.length - 1]]) / 2;
      else { stack.push([id, true]); for (let i = below.length - 1; i >= 0; i--) stack.push([below[i], false]); }
    }
    return { row, rows: next };
  }

  function drawTree(tree) {
    const WIDTH = 210, HEIGHT = 25, COLUMN = 240;
    const { row, rows } = layout(tree);
    const deep = tree.nodes.reduce((most, node) => Math.max(most, node.depth), 0);
    const x = node => node.depth * COLUMN + 4, y = node => row[node.id] * HEIGHT + 4;
    const picture = svg("svg", { width: (deep + 1) * COLUMN, height: Math.max(1, rows) * HEIGHT + 8, role: "tree" });
    const edges = svg("g"), boxes = svg("g");
    const groups = [];
    for (const node of tree.nodes) {
      if (node.parent !== null && tree.nodes[node.parent]) {
        const above = tree.nodes[node.parent], x1 = x(above) + WIDTH, y1 = y(above) + 10, x2 = x(node), y2 = y(node) + 10;
        edges.appendChild(svg("path", { class: "edge", d: `M${x1} ${y1}C${x1 + 16} ${y1} ${x2 - 16} ${y2} ${x2} ${y2}` }));
      }
      const [mark, tone] = MARKS[node.status] || MARKS.UNKNOWN;
      const cls = ["node", node.status.toLowerCase(), node.pruned !== null ? "pruned" : "", node.chosen ? "chosen" : ""].join(" ");
      const group = svg("g", { class: cls, transform: `translate(${x(node)} ${y(node)})`, tabindex: "0", role: "treeitem", "data-id": node.id });
      group.appendChild(svg("rect", { class: "box", width: WIDTH, height: 21, rx: 4 }));
      const sign = svg("text", { x: 6, y: 15, class: "mark-" + tone });
      sign.textContent = node.parent === null ? "•" : node.chosen ? "★" : node.pruned !== null && node.status !== "REFUTED" ? "✂" : mark;
      const label = svg("text", { x: 22, y: 15 }), score = node.score === null || node.parent === null ? "" : node.score.toFixed(2);
      label.textContent = node.parent === null ? "start" : short(node.text, score ? 19 : 25);
      const worth = svg("text", { x: WIDTH - 6, y: 15, "text-anchor": "end" });
      worth.textContent = score;
      put(group, sign, label, worth);
      groups.push(group);
      boxes.appendChild(group);
    }
    const select = id => {
      const path = new Set();
      for (let at = id; at !== null && at !== undefined; at = tree.nodes[at].parent) path.add(at);
      groups.forEach((group, at) => { group.classList.toggle("selected", at === id); group.classList.toggle("onpath", path.has(at)); });
      showNode(tree, id, select);
    };
    const target = event => event.target.closest ? event.target.closest("g.node") : null;
    picture.addEventListener("click", event => { const one = target(event); if (one) select(Number(one.dataset.id)); });
    picture.addEventListener("keydown", event => { const one = target(event); if (one && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); select(Number(one.dataset.id)); } });
    put(picture, edges, boxes);
    view.replaceChildren(picture);
    const chosen = tree.nodes.find(node => node.chosen);
    select(chosen ? chosen.id : tree.nodes.length - 1);
    if (chosen) view.scrollTo(0, Math.max(0, y(chosen) - 200));
  }

  function showNode(tree, id, select) {
    const node = tree.nodes[id], box = document.createDocumentFragment();
    const [mark, tone] = MARKS[node.status] || MARKS.UNKNOWN;
    put(box, el("h2", `node ${id}, depth ${node.depth}` + (node.score === null ? "" : `, score ${node.score.toFixed(4)}`)));
    put(box, el("p", `${mark} ${node.status}` + (node.reason ? `: ${node.reason}` : ""), tone));
    if (node.text) put(box, el("pre", node.text));
    if (node.pruned !== null) {
      const line = el("p", `✂ pruned: ${node.pruned}. `);
      if (node.resume !== null && tree.nodes[node.resume]) {
        const to = el("button", `the search goes on at node ${node.resume}`);
        to.addEventListener("click", () => select(node.resume));
        put(line, to);
      }
      put(box, line);
    }
    const path = [];
    for (let at = node; at; at = at.parent === null ? null : tree.nodes[at.parent]) path.unshift(at);
    put(box, el("h2", "the scratchpad at this node"));
    const pad = el("ol");
    for (const one of path) if (one.text) {
      const item = el("li", one.text);
      for (const fact of one.facts) put(item, el("div", ({ "+": "✓ ", "-": "✗ ", "?": "? " }[fact[0]] || "") + fact.slice(2), { "+": "good", "-": "bad" }[fact[0]] || "open"));
      put(pad, item);
    }
    put(box, pad.childNodes.length ? pad : el("p", "nothing yet", "quiet"));
    const calls = node.source ? run.calls.filter(call => call.key.startsWith(node.source)) : [];
    const shared = node.source ? tree.nodes.filter(one => one.source === node.source).length : 0;
    put(box, el("h2", `cost: ${calls.reduce((sum, call) => sum + call.tokens, 0)} tokens` + (shared > 1 ? `, for ${shared} nodes together` : "")));
    for (const call of calls) put(box, showCall(call));
    detail.replaceChildren(box);
  }

  function showCall(call) {
    const box = el("div", null, "step");
    put(box, el("div", `${call.what} · ${call.tokens} tokens · ${call.key}`, "quiet"));
    for (const row of call.rows) {
      put(box, said(row.parts));
      put(box, el("div", `${row.generated} written` + (row.discarded ? `, ${row.discarded} thrown away` : "") + `, ended by ${row.finish}`, "quiet"));
    }
    if (call.scores) { const list = el("ul"); for (const [text, value] of call.scores) put(list, el("li", `${value}  ${short(text, 90)}`)); put(box, list); }
    if (call.prompt) put(box, put(el("details"), el("summary", "what it read"), el("pre", call.prompt)));
    return box;
  }

  function drawRun() {
    const box = document.createDocumentFragment();
    for (const step of run.steps) {
      if (step.kind === "call") { put(box, showCall(run.calls[step.call])); continue; }
      const one = el("div", null, "step");
      if (step.kind === "verdict") {
        const [mark, tone] = MARKS[step.status];
        put(one, el("div", `${mark} ${step.text}` + (step.right ? `  →  ${step.right}` : ""), tone), step.why ? el("div", step.why, "quiet") : null);
      } else if (step.kind === "plan") {
        put(one, el("div", step.edited ? "plan, as it was edited" : "plan", "quiet"));
        const list = el("ol");
        for (const part of step.plan) put(list, el("li", part.action + (part.needs.length ? `  (from ${part.needs.join(", ")})` : "") + (part.gives ? `  → ${part.gives}` : "")));
        put(one, list);
      } else put(one, el("div", { note: "noted: ", remark: "", refused: "no budget: " }[step.kind] + step.text, step.kind === "refused" ? "bad" : ""));
      put(box, one);
    }
    view.replaceChildren(box);
    const notes = run.steps.filter(step => step.kind === "note");
    detail.replaceChildren(el("h2", "the scratchpad"));
    const list = el("ol");
    for (const note of notes) put(list, el("li", `${(MARKS[note.status] || MARKS.UNKNOWN)[0]} ${note.text}`));
    put(detail, notes.length ? list : el("p", "nothing was noted", "quiet"));
  }

  const bar = el("nav"), tabs = [];
  function tab(name, draw) {
    const one = el("button", name);
    one.addEventListener("click", () => { for (const other of tabs) other.setAttribute("aria-pressed", String(other === one)); draw(); });
    tabs.push(one);
    put(bar, one);
  }
  for (const tree of run.trees) tab(`${tree.name.endsWith("tree") ? tree.name : "tree " + tree.name} (${tree.nodes.length})`, () => drawTree(tree));
  tab("all steps", drawRun);
  put(root, header(), bar, put(el("main"), view, detail));
  tabs[0].click();
}
