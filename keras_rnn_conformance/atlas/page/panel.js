// What a cell opens to: reasons, cases and how to see them fail.

const panel = document.getElementById("panel");
const title = document.getElementById("panel-title");
const body = document.getElementById("panel-body");
const MANY = 40;
const LEGACY = "keras-rnn-conformance export --case ID -o cases.json\n"
  + "python keras_rnn_conformance/standalone/observer.py cases.json observations.json  # where that Keras is\n"
  + "keras-rnn-conformance judge observations.json";
const OTHER = LEGACY.split("\n").with(1, "# the observer of the runtime: cases.json to observations.json").join("\n");

function brief(value) {
  if (value === null) return "none";
  const number = Number(Number(value).toPrecision(3)), size = Math.abs(number);
  return size && (size < 1e-3 || size >= 1e5) ? number.toExponential().replace("+", "") : number.toLocaleString("en", { maximumFractionDigits: 6 });
}

function grouped(list, key) {
  const found = new Map();
  for (const item of list) {
    const name = key(item);
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(item);
  }
  return found;
}

const backendOf = (run) => data.backends[data.runs[run].backend];
const namesOf = (entries) => [...new Set(entries.map((entry) => backendOf(entry.run)))].join(", ");
const casesOf = (entries) => new Set(entries.map((entry) => entry.one)).size;

function described(pairs) {
  const list = element("dl");
  for (const [name, value] of pairs) {
    if (value) list.append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
  }
  return list;
}

function code(text, kind = "command") {
  const pre = element("pre", { tabindex: "0", class: kind }, element("code", {}, text));
  const block = element("div", { class: "code" }, pre);
  if (navigator.clipboard) {
    const copy = element("button", { type: "button", class: "copy" }, "Copy");
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text).then(
        () => { copy.textContent = "Copied"; }, () => { copy.textContent = "Select it"; });
    });
    block.append(copy);
  }
  return block;
}

function command(id, run) {
  const { live, backend, release } = data.runs[run];
  if (data.releases[release] === "none") return OTHER.replace("ID", id);
  if (!live) return LEGACY.replace("ID", id);
  const seed = data.seed ? ` --data-seed ${data.seed}` : "";
  return `KERAS_BACKEND=${data.backends[backend]} python -m pytest --case ${id}${seed}`;
}

function measured(error) {
  if (!error) return "";
  const [absolute, ulp, share] = error;
  const part = share === null ? "" : `, ${brief(share)} of its bound`;
  return `${brief(absolute)}, ${brief(ulp)} ulp${part}`;
}

function ranOn(entries) {
  const said = entries.map(({ run, state }) => {
    const { backend_version: version, device } = data.runs[run];
    const path = state.path === undefined ? "" : `, path ${data.texts[state.path]}`;
    return `${backendOf(run)} ${version} on ${device}${path}`;
  });
  return [...new Set(said)].join("; ");
}

function failing(entries, alone) {
  const { one, state, run, fail } = entries[0];
  const [kinds, where, got, want, error, bound, places] = data.failures[fail.failure];
  const far = error === null ? "" : `${brief(error)}${bound ? `, ${brief(error / bound)} times the bound ${brief(bound)}` : ""}`;
  const item = element("details", { class: "case" }, element("summary", {}, one.id));
  if (!alone) item.firstChild.append(element("span", { class: "faint" }, ` on ${namesOf(entries)}`));
  item.append(described([
    ["Where", where + (places > 1 ? ` (and ${plural(places - 1, "more place")})` : "")],
    ["Got", got], ["Want", want], ["Kind", kinds.join(", ")], ["Error", far],
    ["Largest error", measured(state.error)], ["Ran on", ranOn(entries)],
  ]), element("p", { class: "label" }, data.releases[data.runs[run].release] === "none" ? "With its own observer:" : `With ${spoken(data.releases[data.runs[run].release])} installed:`), code(command(one.id, run)));
  for (const name of new Set(entries.map((entry) => backendOf(entry.run)))) {
    const script = data.scripts[`${one.id} ${data.rules[currentRule()].id} ${name}`];
    if (script === undefined) continue;
    item.append(element("details", { class: "alone" },
      element("summary", {}, `A script for ${name} that needs nothing but Keras and NumPy`), code(script, "script")));
  }
  return item;
}

function holding(entries) {
  const { one } = entries[0];
  const errors = entries.map(({ run, state }) => [backendOf(run), measured(state.error)]);
  return element("details", { class: "case" }, element("summary", {}, one.id),
    described([["Ran on", ranOn(entries)], ...errors.map(([name, error]) => [`Largest error, ${name}`, error])]),
    code(command(one.id, entries[0].run)));
}

// A list that shows its first items, and the rest when asked
function long(items, make) {
  const list = element("ul", { class: "cases" });
  const add = (some) => list.append(...some.map((item) => element("li", {}, make(item))));
  add(items.slice(0, MANY));
  if (items.length > MANY) {
    const more = element("button", { type: "button", class: "all" }, `Show all ${items.length}`);
    const last = element("li", {}, more);
    more.addEventListener("click", () => {
      const next = list.children.length - 1;
      last.remove();
      add(items.slice(MANY));
      list.children[next].querySelector("summary")?.focus();
    });
    list.append(last);
  }
  return list;
}

function sectionOf(why, entries) {
  const [how, text, link, cause] = data.whys[why], known = how === WHY_KNOWN;
  const what = known ? "Known failure" : how === WHY_PASSES ? "Unexpected pass" : "Not yet explained";
  const section = element("section", { class: `why ${known ? "known" : "open"}` },
    element("h4", {}, `${what}: ${plural(casesOf(entries), "case")} on ${namesOf(entries)}`), element("p", { class: "reason" }, text));
  const more = element("p", { class: "faint" });
  if (link) more.append(element("a", { href: link, rel: "noopener noreferrer" }, link.replace("https://", "")));
  else if (known) more.append("Not reported upstream.");
  if (causeRows[cause]) more.append(" ", element("a", { href: `#cause=${causeKeys[cause]}` }, "The releases that have it"));
  if (more.childNodes.length) section.append(more);
  const same = grouped(entries, ({ one, fail }) => `${one.id} ${fail.failure}`);
  const alone = !namesOf(entries).includes(",");
  section.append(long([...same.values()], (some) => failing(some, alone)));
  if (same.size === 1) section.querySelector("details").open = true;
  return section;
}

function folded(summary, content) {
  const made = element("details", { class: "fold" }, element("summary", {}, summary));
  made.addEventListener("toggle", () => { if (made.children.length === 1) made.append(content()); });
  return made;
}

function fill(filters, rule, release) {
  const { id, source, since } = data.rules[rule];
  const sentence = rows[rule].querySelector(".sentence").cloneNode(true);
  const entries = entriesOf(filters, rule, release);
  const of = (kind) => entries.filter((entry) => entry.kind === kind);
  const runs = [...new Set(entries.map((entry) => entry.run))].sort((a, b) => a - b);
  title.textContent = `${id} on ${spoken(data.releases[release])}`;
  body.replaceChildren(element("p", { class: "rule" }, sentence),
    element("p", { class: "faint" }, `Source: ${source}. Holds since Keras ${since}.`));
  for (const kind of [OPEN, KNOWN]) {
    for (const [why, some] of grouped(of(kind), (entry) => entry.fail.why)) body.append(sectionOf(why, some));
  }
  const holds = [...grouped(of(HOLDS), ({ one }) => one.id).values()];
  if (holds.length) {
    body.append(folded(`Holds in ${plural(holds.length, "case")}`, () => long(holds, holding)));
  }
  for (const [text, some] of grouped(of(ABSENT), ({ state }) => state.skipped ?? -1)) {
    const ids = [...new Set(some.map(({ one }) => one.id))];
    const reason = text === -1 ? "the case broke off before" : data.texts[text];
    body.append(folded(`Not run in ${plural(ids.length, "case")} on ${namesOf(some)}: ${reason}`,
      () => long(ids, (one) => element("code", {}, one))));
  }
  const silent = countsOf(tallied, rule, release)[SILENT];
  if (silent) body.append(element("p", { class: "faint" }, `Not recorded in ${plural(silent, "case")}: that says nothing.`));
  body.append(element("ul", { class: "runs faint" }, ...runs.map((number) => {
    const run = data.runs[number];
    const how = run.live ? "" : ", judged through files";
    return element("li", {}, `${backendOf(number)} ${run.backend_version} on ${run.device}, Python ${run.python}, `
      + `NumPy ${run.numpy}, ${run.platform}; ${run.profile} profile, ${plural(run.cases, "case")}${how}`);
  })));
}
