// Filters, the open cell and the address of the page, held together.

const form = document.getElementById("filters");
const said = document.getElementById("said");
const FILTERS = ["backend", "layer", "option", "show"];
let tallied = null, opened = null;

const currentRule = () => opened[0];
const filtersNow = () => Object.fromEntries(FILTERS.map((name) => [name, form.elements[name].value]));

function remember() {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(filtersNow())) if (value) words.set(name, value);
  if (opened) {
    words.set("rule", data.rules[opened[0]].id);
    words.set("keras", data.releases[opened[1]]);
  }
  const text = words.toString();
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
  const filters = filtersNow(), before = opened;
  tallied = tally(filters);
  const { shown, totals } = paint(filters, tallied);
  hide(false);
  if (before) show(before, false);
  const [holds, absent, known, open] = totals;
  said.textContent = `${shown} of ${plural(rows.length, "rule")}, ${plural(tallied.cases, "case")}: `
    + `${plural(holds, "verdict")} hold, ${plural(known, "known failure")}, `
    + `${open.toLocaleString("en")} not yet explained, ${absent.toLocaleString("en")} not run.`;
  remember();
}

// What the address names, as far as there is such a thing
function restore() {
  const words = new URLSearchParams(location.hash.slice(1));
  for (const name of FILTERS) {
    const field = form.elements[name], value = words.get(name) || "";
    if ([...field.options].some((option) => option.value === value)) field.value = value;
  }
  apply();
  const rule = data.rules.findIndex(({ id }) => id === words.get("rule"));
  const release = data.releases.indexOf(words.get("keras"));
  if (rule < 0 || release < 0) return;
  cells[rule][release].scrollIntoView({ block: "center", inline: "center" });
  show([rule, release], true);
}

form.addEventListener("change", apply);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(apply));
grid.addEventListener("click", (event) => {
  const button = event.target.closest("td button");
  if (!button) return;
  const place = placeOf(button);
  if (opened && opened[0] === place[0] && opened[1] === place[1]) hide(true);
  else show(place, true);
});
document.getElementById("close").addEventListener("click", () => hide(true));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && opened) hide(true);
});
window.addEventListener("hashchange", () => { if (location.hash.includes("=")) restore(); });
restore();
