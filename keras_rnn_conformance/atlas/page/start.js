// Filters, what is open, and the address of the page, held together.

const form = document.getElementById("filters");
const said = document.getElementById("said");
const FILTERS = ["layer", "backend", "keras", "q", "causes", "option", "show"];
const SECTIONS = [...document.querySelectorAll("nav a")].map((one) => one.hash.slice(1));
let tallied = null, opened = null, section = "";

const currentRule = () => opened[0];
const filtersNow = () => Object.fromEntries(FILTERS.map((name) => [name, form.elements[name].value]));
const usual = (name) => name === "backend" ? data.backends[data.runs[0].backend]
  : name === "keras" ? recordedOn(form.elements.backend.value)[0] : name === "causes" ? "here" : "";

function setField(name, value) {
  const field = form.elements[name];
  if (field && (field.type === "search" || [...field.options].some((option) => option.value === value))) field.value = value;
}

// The releases that are recorded on the chosen backend, the newest of them unless another is chosen
function fitReleases() {
  const field = form.elements.keras, fits = recordedOn(form.elements.backend.value);
  for (const option of field.options) option.hidden = option.disabled = !fits.includes(option.value);
  if (!fits.includes(field.value)) field.value = fits[0];
}

function remember() {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(filtersNow())) if (value !== usual(name)) words.set(name, value);
  if (opened) {
    words.set("rule", data.rules[opened[0]].id);
    words.set("keras", data.releases[opened[1]]);
  }
  if (openCause >= 0) words.set("cause", causeKeys[openCause]);
  const alone = words.size === 0;
  if (section && !alone) words.set("at", section);
  const text = alone ? section : words.toString();
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}

function show(place, focus) {
  const button = cells[place[0]][place[1]];
  if (!isShown(...place) || button.className === "blank") return;
  if (opened) cells[opened[0]][opened[1]].setAttribute("aria-expanded", "false");
  opened = place;
  button.setAttribute("aria-expanded", "true");
  button.setAttribute("aria-controls", "panel");
  settle(place);
  fill(filtersNow(), ...place);
  panel.hidden = false;
  document.body.classList.add("opened");
  body.scrollTop = 0;
  if (focus) title.focus();
  remember();
}

function hide(focus) {
  if (!opened) return;
  const button = cells[opened[0]][opened[1]];
  if (button.hasAttribute("aria-expanded")) button.setAttribute("aria-expanded", "false");
  opened = null;
  panel.hidden = true;
  document.body.classList.remove("opened");
  if (focus) button.focus();
  remember();
}

function apply() {
  fitReleases();
  const filters = filtersNow(), before = opened;
  tallied = tally(filters);
  const { shown, totals } = paint(filters, tallied);
  paintCards(filters);
  paintHits(filters, shown, paintCauses(filters));
  hide(false);
  if (before) show(before, false);
  const [holds, absent, known, open, silent] = totals;
  const number = (count) => count.toLocaleString("en");
  said.textContent = `${shown} of ${plural(rows.length, "rule")}, ${plural(tallied.cases, "case")}, on ${filters.backend}: `
    + `${plural(holds, "verdict")} hold, ${plural(known, "known failure")}, ${number(open)} not yet explained, `
    + `${number(absent)} not run, ${number(silent)} not recorded.`;
  remember();
}

// Bring a section, or a row of a cause, into view; the address keeps it
function go(name) {
  section = SECTIONS.includes(name) ? name : "";
  const head = document.getElementById(name);
  head.scrollIntoView();
  head.focus({ preventScroll: true });
  remember();
}

function openAt(place) {
  if (!causeRows[place]) return;
  if (causeRows[place].hidden) {
    setField("causes", "all");
    setField("q", "");
    if (!causesShown(filtersNow())[place]) setField("layer", "");
    apply();
  }
  const details = causeRows[place].querySelector("details");
  details.open = true;
  openCause = place;
  details.scrollIntoView({ block: "center" });
  details.querySelector("summary").focus({ preventScroll: true });
  remember();
}

// What the address names, as far as there is such a thing
function restore() {
  const text = location.hash.slice(1), plain = SECTIONS.includes(text);
  const words = new URLSearchParams(plain ? "" : text);
  const at = plain ? text : words.get("at") || "";
  section = SECTIONS.includes(at) ? at : "";
  for (const name of ["backend", ...FILTERS]) {
    if (name === "keras") fitReleases();
    setField(name, words.get(name) ?? usual(name));
  }
  apply();
  if (section) go(section);
  openAt(causeKeys.indexOf(words.get("cause")));
  const rule = data.rules.findIndex(({ id }) => id === words.get("rule"));
  const release = data.releases.indexOf(words.get("keras") || form.elements.keras.value);
  if (rule < 0 || release < 0) return;
  cells[rule][release].scrollIntoView({ block: "center", inline: "center" });
  show([rule, release], true);
}

// The search is answered as it is typed: what it lists must not change under a click that leaves it
form.addEventListener("change", (event) => { if (event.target.name !== "q") apply(); });
for (const name of FILTERS) {
  const field = form.elements[name];
  if (field.closest("form") !== form) field.addEventListener("change", apply);
}
form.elements.q.addEventListener("input", apply);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(() => {
  section = "";
  for (const name of ["backend", ...FILTERS]) setField(name, usual(name));
  apply();
}));
grid.addEventListener("click", (event) => {
  const button = event.target.closest("td button");
  if (!button) return;
  const place = placeOf(button);
  if (opened && opened[0] === place[0] && opened[1] === place[1]) hide(true);
  else show(place, true);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const cause = link.hash.match(/^#cause=(\w+)$/);
  event.preventDefault();
  if (cause) openAt(causeKeys.indexOf(cause[1]));
  else go(link.hash.slice(1));
});
document.getElementById("close").addEventListener("click", () => hide(true));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && opened) hide(true);
});
window.addEventListener("hashchange", restore);
restore();
