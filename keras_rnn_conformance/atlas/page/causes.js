// The rows of causes: which of them are shown, and what they open to.

const causeRows = [...document.querySelectorAll("[data-cause]")];
const causeKeys = causeRows.map((row) => row.dataset.cause);
const causeSaid = document.getElementById("causes-said");

const causeText = (place) => causeRows[place]
  ? causeRows[place].querySelector("summary").dataset.reason : data.whys.find((why) => why[3] === place)?.[1] || "";

// The words that are asked for, all of which must be there
const asked = (q) => q.toLowerCase().split(/\s+/).filter(Boolean);
const has = (text, words) => words.every((word) => text.includes(word));

// Every cause of these runs, for one layer or all
function causesOf(runs, layer) {
  return new Set(runs.flatMap((run) => scoreOf(run, layer)[1].map(([place]) => place)));
}

function causesShown({ layer, backend, keras, q, causes }) {
  const words = asked(q);
  const runs = data.runs.map((_, run) => run).filter((run) => data.backends[data.runs[run].backend] === backend);
  const here = causesOf(causes === "backend" ? runs : [runOf(keras, backend)], layer);
  return causeRows.map((row, place) => {
    const layers = row.children[1].textContent.split(", ");
    const mine = causes === "all" ? !layer || layers.includes(layer) : here.has(place);
    return mine && has(row.textContent.toLowerCase(), words);
  });
}

function paintCauses(filters) {
  const shown = causesShown(filters);
  causeRows.forEach((row, place) => { row.hidden = !shown[place]; });
  const count = shown.filter(Boolean).length;
  causeSaid.textContent = `${plural(count, "cause")} of ${causeRows.length}`;
  return count;
}

// A script and a command for a cause, made when it is first opened
for (const row of causeRows) {
  row.querySelector("details").addEventListener("toggle", (event) => {
    const inside = event.target.querySelector(".inside"), place = causeRows.indexOf(row);
    if (event.target.open && !inside.dataset.filled) {
      inside.dataset.filled = "true";
      inside.append(element("p", { class: "label" }, "With a Keras installed that has it:"),
        code(`python -m pytest --case ${inside.querySelector("dl code").textContent}`));
      const script = scriptOf(place);
      if (script) inside.append(element("p", { class: "label" }, "A script that needs nothing but Keras and NumPy:"), code(script, "script"));
    }
    if (event.target.open) openCause = place;
    else if (openCause === place) openCause = -1;
    if (tallied) remember();
  });
}
let openCause = -1;

// The shortest script of a case that fails for a cause
function scriptOf(place) {
  const found = [];
  for (const one of data.cases) {
    for (const state of one.states) {
      for (const [rule, { why }] of state.fails) {
        if (data.whys[why][3] !== place) continue;
        for (const backend of data.backends) {
          const text = data.scripts[`${one.id} ${data.rules[rule].id} ${backend}`];
          if (text !== undefined) found.push(text);
        }
      }
    }
  }
  return found.sort((a, b) => a.length - b.length)[0];
}

// Options whose name or words are asked for: each sets the filter of the rules
function paintHits({ q }, rules, causes) {
  const words = asked(q), hits = document.getElementById("hits");
  hits.hidden = !words.length;
  if (!words.length) return;
  const options = data.options.filter(([key, value, text]) => has(`${key}=${value} ${text}`.toLowerCase(), words)).slice(0, 12);
  const link = (at, text) => element("a", { href: `#${at}` }, text);
  hits.replaceChildren(element("p", {}, link("causes", plural(causes, "cause")), " and ", link("verdicts", plural(rules, "rule")), options.length ? ". Options:" : "."),
    ...options.map(([key, value, text]) => {
      const button = element("button", { type: "button" }, `${key} = ${value}`, element("span", { class: "faint" }, ` ${text}`));
      button.addEventListener("click", () => { setField("q", ""); setField("option", `${key}=${value}`); apply(); go("verdicts"); });
      return button;
    }));
}
