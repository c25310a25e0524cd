// The scorecards: what a layer comes to on a release and a backend, in words.

// The verdicts in the order of the counts of a score
const UNEXPLAINED = 0, PASSES = 1, KNOWN_CASES = 2, HOLD_CASES = 3, NOT_RUN = 4, NOT_RECORDED = 5;
const verdict = document.getElementById("verdict");
const reasons = document.getElementById("reasons");
const FEW = 3;
// Of the cases of a layer, the part below which a scorecard says that few were run
const PART = 0.25;
const casesOfLayer = new Map([["", data.cases.length], ...data.layers.map((name, place) =>
  [name, data.cases.filter((one) => one.layer === place).length])]);
const isThin = (layer, judged) => judged < PART * casesOfLayer.get(layer);

const runOf = (keras, backend) => data.runs.findIndex((run) =>
  data.releases[run.release] === keras && data.backends[run.backend] === backend);
const scoreOf = (run, layer) => run < 0 ? [[0, 0, 0, 0, 0, 0], []] : data.scores[run][layer ? data.layers.indexOf(layer) + 1 : 0];
const recordedOn = (backend) => data.releases.filter((keras) => runOf(keras, backend) >= 0);
const judgedOf = (counts) => counts.slice(0, NOT_RUN).reduce((sum, count) => sum + count, 0);
const openOf = (counts) => counts[UNEXPLAINED] + counts[PASSES];

// Class and lines of a scorecard
function card([counts, causes], layer) {
  const judged = judgedOf(counts), open = openOf(counts);
  if (!judged) return counts[NOT_RUN] ? ["absent", "not run"] : ["blank", "not recorded"];
  const part = `${counts[HOLD_CASES].toLocaleString("en")}/${judged.toLocaleString("en")} hold`;
  if (open) return ["open", `${open.toLocaleString("en")} unexplained`, part];
  if (!causes.length) return ["holds", isThin(layer, judged) ? "holds so far" : "holds", plural(judged, "case")];
  const silent = causes.filter(([, kind]) => kind === "value").length;
  return [silent ? "known silent" : "known", plural(causes.length, "cause"), part, ...silent ? [`${silent} silent`] : []];
}

function cardCell(score, layer, chosen, said, choose) {
  const [kind, ...words] = card(score, layer);
  const thin = isThin(layer, judgedOf(score[0])) && kind !== "blank" ? " thin" : "";
  const button = element("button", { type: "button", class: kind + thin, "aria-label": `${said}: ${words.join(" ")}` },
    ...words.map((word) => element("span", {}, word)));
  if (chosen) button.setAttribute("aria-current", "true");
  button.addEventListener("click", choose);
  return element("td", {}, button);
}

function fillCards(table, heads, lines) {
  table.style.setProperty("--columns", heads.length);
  table.replaceChildren(
    element("thead", {}, element("tr", {}, element("td"), ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...lines.map(([name, cells]) => element("tr", {}, element("th", { scope: "row" }, name), ...cells))));
}

function choose(values) {
  for (const [name, value] of Object.entries(values)) setField(name, value);
  apply();
  document.querySelector(`#${values.at} [aria-current]`)?.focus();
}

function paintCards({ layer, backend, keras }) {
  const backends = data.backends.filter((name) => recordedOn(name).length);
  const what = layer || "All layers";
  document.getElementById("cards-title").textContent = `Every layer on ${spoken(keras)}`;
  document.getElementById("years-title").textContent = `${what}, release by release`;
  fillCards(document.getElementById("cards"), backends, ["", ...data.layers].map((name) =>
    [name || "all layers", backends.map((on) => cardCell(scoreOf(runOf(keras, on), name), name,
      name === layer && on === backend, `${name || "all layers"} on ${on}`,
      () => choose({ at: "cards", layer: name, backend: on, keras })))]));
  fillCards(document.getElementById("years"), backends, data.releases.map((release) =>
    [release === "none" ? "not Keras" : release, backends.map((on) => cardCell(scoreOf(runOf(release, on), layer), layer,
      release === keras && on === backend, `${spoken(release)} on ${on}`,
      () => choose({ at: "years", layer, backend: on, keras: release })))]));
  paintAnswer(layer, backend, keras);
}

// The answer in a sentence, and the causes that stand behind it
function paintAnswer(layer, backend, keras) {
  const run = runOf(keras, backend), score = scoreOf(run, layer), [counts, causes] = score;
  const [kind, word] = card(score, layer), judged = judgedOf(counts), open = openOf(counts);
  const place = `${layer || "All layers"} on ${keras === "none" ? backend : `${spoken(keras)} with ${backend}`}`;
  const number = (count) => count.toLocaleString("en");
  const silent = causes.filter(([, how]) => how === "value").length;
  let text = "nothing is recorded, so nothing is known.";
  if (judged) {
    const all = counts[HOLD_CASES] === judged;
    text = all ? `all ${plural(judged, "case")} that were run do what is documented.`
      : `${number(counts[HOLD_CASES])} of ${plural(judged, "case")} that were run do what is documented.`;
    const some = causes.length === 1 ? (silent ? "it gives" : "it gives no") : silent ? `${number(silent)} of them give${silent === 1 ? "s" : ""}` : "none gives";
    if (causes.length) text += ` The others fail for ${plural(causes.length, "known cause")}; ${some} wrong numbers without an error.`;
    if (open) text += ` ${plural(open, "case")} nobody has explained yet.`;
  }
  const rest = [counts[NOT_RUN] && `${number(counts[NOT_RUN])} cannot run there`,
    judged && isThin(layer, judged) && `these are few of the ${number(casesOfLayer.get(layer))} cases that other runs have`,
    counts[NOT_RECORDED] && `${number(counts[NOT_RECORDED])} of today’s cases are not recorded`].filter(Boolean);
  const rests = rest.join("; ");
  verdict.className = kind;
  verdict.replaceChildren(element("p", { class: "place" }, place), element("p", {}, element("b", {}, word[0].toUpperCase() + word.slice(1)), `: ${text}`),
    element("p", { class: "faint" }, rests ? `${rests[0].toUpperCase()}${rests.slice(1)}.` : "Every case of the profile is recorded."));
  const sorted = [...causes].sort((a, b) => (b[1] === "value") - (a[1] === "value") || a[0] - b[0]);
  reasons.replaceChildren(...sorted.slice(0, FEW).map(([place, how]) => element("li", {},
    element("a", { href: `#cause=${causeKeys[place]}` }, how === "value" ? "wrong numbers" : how === "error" ? "an error" : "another behavior"), ` ${causeText(place)}`)));
  if (sorted.length > FEW) reasons.append(element("li", {}, element("a", { href: "#causes" }, `all ${sorted.length} causes`)));
}
