// The table: its cells, what they say, and how the keyboard moves in them.

const grid = document.getElementById("grid");
const rows = [...grid.querySelectorAll("tr[data-rule]")];
const heads = [...document.querySelectorAll("#releases th")].slice(1);
const SIGNS = ["✓", "–", "▲", "✕"], CLASSES = ["holds", "absent", "known", "open"];
const cells = rows.map((row) => data.releases.map(() => {
  const cell = document.createElement("td"), button = document.createElement("button");
  button.type = "button";
  button.tabIndex = -1;
  cell.append(button);
  row.append(cell);
  return button;
}));
const ruleTexts = rows.map((row, rule) =>
  `${row.textContent} ${data.rules[rule].subject} ${data.rules[rule].source}`.toLowerCase());
let at = [0, 0];

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function plural(count, word) {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}

// What a cell shows and says
function face([holds, absent, known, open, silent]) {
  const judged = holds + known + open, fails = known + open;
  const aside = (absent ? `, ${absent} not run` : "") + (silent ? `, ${silent} not recorded` : "");
  if (!judged && !absent) return ["blank", "·", "not recorded"];
  if (!judged) return ["absent", `– ${absent}`, `${plural(absent, "case")} not run${silent ? `, ${silent} not recorded` : ""}`];
  if (!fails) return ["holds", `✓ ${judged}`, `${plural(judged, "case")} hold${judged === 1 ? "s" : ""}${aside}`];
  const kind = open ? OPEN : KNOWN;
  const why = !open ? "known" : known ? `${open} not yet explained` : "not yet explained";
  return [CLASSES[kind], `${SIGNS[kind]} ${fails}/${judged}`,
    `${fails} of ${plural(judged, "case")} fail${fails === 1 ? "s" : ""}, ${why}${aside}`];
}

function wanted(show, rule, tallied) {
  if (!show) return true;
  if (show === "changed") return tallied.changed[rule] === 1;
  const kinds = { fails: [KNOWN, OPEN], open: [OPEN], absent: [ABSENT] }[show];
  return data.releases.some((_, release) =>
    kinds.some((kind) => countsOf(tallied, rule, release)[kind] > 0));
}

function paint(filters, tallied) {
  let shown = 0;
  const totals = [0, 0, 0, 0, 0], words = asked(filters.q);
  rows.forEach((row, rule) => {
    row.hidden = !wanted(filters.show, rule, tallied) || !has(ruleTexts[rule], words);
    shown += !row.hidden;
    cells[rule].forEach((button, release) => {
      const counts = countsOf(tallied, rule, release);
      const [kind, text, said] = face(counts);
      if (!row.hidden) counts.forEach((count, place) => { totals[place] += count; });
      button.parentElement.hidden = !tallied.columns[release];
      button.className = kind;
      button.textContent = text;
      button.setAttribute("aria-label", `${text}: ${said}`);  // what is seen is part of what is read
      if (kind === "blank") {
        button.setAttribute("aria-disabled", "true");
        button.removeAttribute("aria-expanded");
      } else {
        button.removeAttribute("aria-disabled");
        button.setAttribute("aria-expanded", "false");
      }
    });
  });
  for (const body of grid.tBodies) {
    body.hidden = ![...body.querySelectorAll("tr[data-rule]")].some((row) => !row.hidden);
  }
  paintHeads(tallied.columns);
  settle();
  return { shown, totals };
}

function paintHeads(columns) {
  heads.forEach((head, release) => {
    head.hidden = !columns[release];
    head.classList.toggle("chosen", head.textContent === form.elements.keras.value);
  });
  let start = 0;
  for (const family of grid.querySelectorAll("[data-family]")) {
    family.total ??= family.colSpan;
    const count = columns.slice(start, start + family.total).filter(Boolean).length;
    start += family.total;
    family.hidden = count === 0;
    family.colSpan = Math.max(count, 1);
  }
  const span = columns.filter(Boolean).length + 1;
  for (const subject of grid.querySelectorAll(".subject th")) subject.colSpan = span;
}

const isShown = (rule, release) => !rows[rule].hidden && !heads[release].hidden;

// One cell is in the order of Tab; the arrow keys move on from it
function settle(next = at) {
  cells[at[0]][at[1]].tabIndex = -1;
  if (!isShown(...next)) {
    const rule = Math.max(rows.findIndex((row) => !row.hidden), 0);
    next = [rule, Math.max(heads.findIndex((head) => !head.hidden), 0)];
  }
  at = next;
  cells[at[0]][at[1]].tabIndex = 0;
}

function placeOf(button) {
  const rule = rows.indexOf(button.closest("tr"));
  return [rule, cells[rule].indexOf(button)];
}

// The cell that is so many shown rows or columns away, or the last on the way
function stepped([rule, release], down, across) {
  const list = down ? rows.map((row) => !row.hidden) : heads.map((head) => !head.hidden);
  let place = down ? rule : release;
  for (let left = Math.abs(down || across); left > 0; left--) {
    let next = place + Math.sign(down || across);
    while (next >= 0 && next < list.length && !list[next]) next += Math.sign(down || across);
    if (next < 0 || next >= list.length) break;
    place = next;
  }
  return down ? [place, release] : [rule, place];
}

const STEPS = {
  ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
  PageDown: [10, 0], PageUp: [-10, 0], Home: [0, -1e6], End: [0, 1e6],
};

grid.addEventListener("keydown", (event) => {
  const button = event.target.closest("td button"), step = STEPS[event.key];
  if (!button || !step || event.altKey || event.metaKey) return;
  event.preventDefault();
  let next = stepped(placeOf(button), ...step);
  if (event.ctrlKey) next = stepped(next, event.key === "Home" ? -1e6 : event.key === "End" ? 1e6 : 0, 0);
  settle(next);
  cells[next[0]][next[1]].focus();
});
