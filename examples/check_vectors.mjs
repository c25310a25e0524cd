// Judge observations without Python: hold them to the answers that the cases bring along.
//
//     keras-rnn-conformance export --profile smoke --answers -o vectors.json
//     node examples/observe_tfjs.mjs vectors.json observations.json
//     node examples/check_vectors.mjs vectors.json observations.json
//
// An answer is a number and a bound: whatever rounds as it should comes within it. Prints the first
// wrong place of each array; the exit status is 1 if there is one, 2 if nothing could be compared.

import { readFileSync } from "node:fs";
import process from "node:process";

const linesOf = (path) => readFileSync(path, "utf8").trimEnd().split("\n").map(JSON.parse);

// The first place in which an array is not what it should be; null if there is none.
function wrong(seen, want) {
  if (!seen) return "is missing";
  if (JSON.stringify(seen.shape) !== JSON.stringify(want.shape)) {
    return `has the shape [${seen.shape}], not [${want.shape}]`;
  }
  for (let k = 0; k < want.data.length; k += 1) {
    const [got, value, bound] = [seen.data[k], want.data[k], want.bound[k]].map(numberOf);
    const same = got === value || (Number.isNaN(got) && Number.isNaN(value)) || bound === Infinity;
    if (!same && !(Math.abs(got - value) <= bound)) {
      return `at [${place(k, want.shape)}]: got ${got}, want ${value} within ${bound}`;
    }
  }
  return null;
}

// What JSON has no number for is written nan, inf or -inf.
const numberOf = (value) => ({ nan: NaN, inf: Infinity, "-inf": -Infinity })[value] ?? value;

// The index of the k-th number, in row-major order.
function place(k, shape) {
  const index = [];
  for (const size of [...shape].reverse()) {
    index.unshift(k % size);
    k = Math.floor(k / size);
  }
  return index.join(", ");
}

function main(vectors, observations) {
  const seen = new Map(linesOf(observations).slice(1, -1).map((line) => [line.id, line]));
  const counts = { compared: 0, "not run": 0, wrong: 0 };
  for (const one of linesOf(vectors).slice(1, -1)) {
    const observed = seen.get(one.id);
    if (!one.answers || !observed || observed.skipped) {
      counts["not run"] += 1;
      continue;
    }
    counts.compared += 1;
    const places = observed.error
      ? [`${one.id}: ${observed.error.class}: ${observed.error.message}`]
      : Object.entries(one.answers)
          .map(([name, want]) => [name, wrong(observed.arrays[name], want)])
          .filter(([, why]) => why)
          .map(([name, why]) => `${one.id}: ${name} ${why}`);
    counts.wrong += places.length > 0;
    places.forEach((text) => console.log(text));
  }
  console.log(Object.entries(counts).map(([what, n]) => `${n} ${what}`).join(", "));
  return counts.wrong ? 1 : counts.compared ? 0 : 2;
}

const files = process.argv.slice(2);
if (files.length !== 2) {
  console.error("usage: node check_vectors.mjs vectors.json observations.json");
  process.exit(2);
}
process.exit(main(...files));
