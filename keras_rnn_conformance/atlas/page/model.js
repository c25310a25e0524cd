// What the page knows, and what a choice of filters makes of it.

const data = JSON.parse(document.getElementById("data").textContent);
const HOLDS = 0, ABSENT = 1, KNOWN = 2, OPEN = 3, KINDS = 4;

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
  for (const state of one.states) {
    state.runs = numbers(state.runs);
    state.fails = new Map((state.fails || []).map(([rule, failure, why]) => [rule, { failure, why }]));
  }
}

function standing(state, rule) {
  if ("skipped" in state) return ABSENT;
  const fail = state.fails.get(rule);
  if (!fail) return HOLDS;
  return data.whys[fail.why][0] ? KNOWN : OPEN;
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
  for (const one of cases) {
    seen.fill(0);
    for (const state of one.states) {
      const here = state.runs.filter((run) => runs[run]);
      for (const rule of here.length ? data.sets[state.rules] : []) {
        const kind = standing(state, rule);
        for (const run of here) {
          const { release, backend } = data.runs[run];
          counts[(rule * releases + release) * KINDS + kind]++;
          if (kind !== ABSENT) seen[rule * data.backends.length + backend] |= kind === HOLDS ? 1 : 2;
        }
      }
    }
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
      if (!data.sets[state.rules].includes(rule)) continue;
      for (const run of state.runs) {
        if (runs[run] && data.runs[run].release === release) {
          found.push({ one, state, run, kind: standing(state, rule), fail: state.fails.get(rule) });
        }
      }
    }
  }
  return found;
}
