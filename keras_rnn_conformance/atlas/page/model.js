// What the page knows, and what a choice of filters makes of it.

const data = JSON.parse(document.getElementById("data").textContent);
const HOLDS = 0, ABSENT = 1, KNOWN = 2, OPEN = 3, SILENT = 4, KINDS = 5;
const WHY_KNOWN = 0, WHY_PASSES = 2;

// A release as a sentence has it; "none" stands for runtimes that are not Keras
const spoken = (release) => release === "none" ? "other runtimes" : `Keras ${release}`;

// "0-2,5" as [0, 1, 2, 5]
function numbers(text) {
  const found = [];
  for (const span of text.split(",")) {
    const [first, last = first] = span.split("-").map(Number);
    for (let number = first; number <= last; number++) found.push(number);
  }
  return found;
}

for (const one of data.cases) {
  one.had = new Set();
  for (const state of one.states) {
    state.runs = numbers(state.runs);
    for (const run of state.runs) one.had.add(run);
    state.fails = new Map((state.fails || []).map(([rule, failure, why]) => [rule, { failure, why }]));
  }
}

function standing(state, rule) {
  if ("skipped" in state) return ABSENT;
  const fail = state.fails.get(rule);
  if (!fail) return HOLDS;
  return data.whys[fail.why][0] === WHY_KNOWN ? KNOWN : OPEN;
}

// What every rule of a case came to in one of its states: a rule with no verdict is not recorded
function rulesOf(one, state) {
  const found = new Map(data.sets[one.held].map((rule) => [rule, SILENT]));
  if (state === null) return found;
  for (const rule of data.sets[state.rules]) found.set(rule, standing(state, rule));
  if ("unrun" in state) for (const rule of data.sets[state.unrun]) found.set(rule, ABSENT);
  return found;
}

// The places of what a filter names, or null where it names everything
function chosenOptions(option) {
  if (!option) return null;
  const [key, value] = option.split("=");
  return new Set(data.options.flatMap(([k, v], place) =>
    k === key && (value === undefined || v === value) ? [place] : []));
}

function chosenCases(filters) {
  const layer = data.layers.indexOf(filters.layer);
  const options = chosenOptions(filters.option);
  return data.cases.filter((one) => (layer < 0 || one.layer === layer)
    && (!options || one.options.some((option) => options.has(option))));
}

// Which runs a filter leaves, as flags by number
function chosenRuns(filters) {
  const backend = data.backends.indexOf(filters.backend);
  return data.runs.map((run) => backend < 0 || run.backend === backend);
}

// Counts by rule, release and standing, and the rules that changed between releases
function tally(filters) {
  const rules = data.rules.length, releases = data.releases.length;
  const counts = new Int32Array(rules * releases * KINDS);
  const changed = new Uint8Array(rules);
  const seen = new Uint8Array(rules * data.backends.length);
  const runs = chosenRuns(filters), cases = chosenCases(filters);
  const all = data.runs.map((_, run) => run).filter((run) => runs[run]);
  for (const one of cases) {
    seen.fill(0);
    const add = (state, here) => {
      if (!here.length) return;
      for (const [rule, kind] of rulesOf(one, state)) {
        for (const run of here) {
          const { release, backend } = data.runs[run];
          counts[(rule * releases + release) * KINDS + kind]++;
          if (kind !== ABSENT && kind !== SILENT) seen[rule * data.backends.length + backend] |= kind === HOLDS ? 1 : 2;
        }
      }
    };
    for (const state of one.states) add(state, state.runs.filter((run) => runs[run]));
    add(null, all.filter((run) => !one.had.has(run)));
    seen.forEach((bits, place) => {
      if (bits === 3) changed[Math.floor(place / data.backends.length)] = 1;
    });
  }
  const columns = data.releases.map((_, release) =>
    data.runs.some((run, number) => runs[number] && run.release === release));
  return { counts, changed, columns, cases: cases.length };
}

function countsOf(tallied, rule, release) {
  const start = (rule * data.releases.length + release) * KINDS;
  return tallied.counts.subarray(start, start + KINDS);
}

// What a rule came to on a release, case by case
function entriesOf(filters, rule, release) {
  const runs = chosenRuns(filters), found = [];
  for (const one of chosenCases(filters)) {
    for (const state of one.states) {
      const kind = rulesOf(one, state).get(rule);
      if (kind === undefined || kind === SILENT) continue;
      for (const run of state.runs) {
        if (runs[run] && data.runs[run].release === release) {
          found.push({ one, state, run, kind, fail: state.fails.get(rule) });
        }
      }
    }
  }
  return found;
}
