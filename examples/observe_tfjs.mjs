// Let the suite judge the recurrent layers of TensorFlow.js: an observer in JavaScript.
//
//     npm install @tensorflow/tfjs
//     keras-rnn-conformance export --profile smoke -o cases.json
//     node examples/observe_tfjs.mjs cases.json observations.json
//     keras-rnn-conformance judge observations.json
//
// It needs Node.js 18 or later and @tensorflow/tfjs, found from the current folder. docs/format.md
// says what the files hold.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

const files = process.argv.slice(2);
if (files.length !== 2) stop("usage: node observe_tfjs.mjs cases.json observations.json");
const tf = library("@tensorflow/tfjs");

const LAYERS = { SimpleRNN: "simpleRNN", LSTM: "lstm", GRU: "gru" };
const STATES = { SimpleRNN: 1, LSTM: 2, GRU: 1 };
// By Keras's names. What is missing there has the default of Keras 3, not that of TensorFlow.js.
const ACTIVATIONS = {
  tanh: "tanh", sigmoid: "sigmoid", relu: "relu", linear: "linear", elu: "elu", selu: "selu",
  softsign: "softsign", softplus: "softplus", softmax: "softmax", swish: "swish", silu: "swish",
  relu6: "relu6", mish: "mish",
};
const ARGUMENTS = {
  units: "units", return_sequences: "returnSequences", return_state: "returnState",
  go_backwards: "goBackwards", unroll: "unroll", use_bias: "useBias",
  activation: "activation", recurrent_activation: "recurrentActivation",
  implementation: "implementation", unit_forget_bias: "unitForgetBias", reset_after: "resetAfter",
};

function stop(message) {
  console.error(message);
  process.exit(2);
}

function library(name) {
  try {
    return createRequire(join(process.cwd(), "package.json"))(name);
  } catch {
    return stop(`${name} is not found from this folder: npm install ${name}`);
  }
}

// Why TensorFlow.js cannot run a case; empty if it can.
function missing(one) {
  if (!("arguments" in one)) return "the scenario is more than a call";
  if ("layout" in one) return "the weights are not in Keras's layout";
  if (!(one.layer in LAYERS)) return `TensorFlow.js has no ${one.layer} to be run here`;
  const known = new Set(["init", "mask", "calls", "unroll", "impl"]);
  const unknown = [
    ...Object.keys(one.arguments).filter((name) => !(name in ARGUMENTS)),
    ...Object.keys(one.options).filter((name) => !known.has(name)),
  ];
  if (unknown.length) return `TensorFlow.js has no ${unknown.sort().join(", ")}`;
  if (one.dtype !== "float32") return "TensorFlow.js computes in float32";
  if (["symbolic", "layer"].includes(one.options.init)) return "this observer has no models";
  if (one.layer === "GRU" && one.arguments.reset_after) return "TensorFlow.js has no reset_after";
  if (one.inputs.some((input) => input.shape.includes(0))) return "TensorFlow.js wants a timestep";
  const named = [one.arguments.activation, one.arguments.recurrent_activation];
  const other = named.filter((name) => name && !(name in ACTIVATIONS));
  return other.length ? `TensorFlow.js has no activation ${other[0]}` : "";
}

// A tensor from an array of the file.
const tensor = ({ shape, data }) => tf.tensor(data.map(Number), shape, "float32");

// The layer, with the weights of the case: gates and shapes are Keras's.
function layerOf(one) {
  const options = one.layer === "SimpleRNN" ? {} : { recurrentActivation: "sigmoid" };
  for (const [name, value] of Object.entries(one.arguments)) {
    options[ARGUMENTS[name]] = name.endsWith("activation") ? ACTIVATIONS[value ?? "linear"] : value;
  }
  return tf.layers[LAYERS[one.layer]]({ ...options, weights: one.weights.map(tensor) });
}

// Run one case: every call, in order.
function observe(one) {
  const layer = layerOf(one);
  const given = {};
  if (one.mask) given.mask = tensor(one.mask);
  if (one.initial_state) given.initialState = one.initial_state.map(tensor);
  const arrays = {};
  let structure = "tensor";
  one.inputs.forEach((input, call) => {
    const returned = layer.apply(tensor(input), given);
    const flat = Array.isArray(returned) ? returned : [returned];
    structure = Array.isArray(returned) ? `tuple[${flat.length}]` : "tensor";
    flat.forEach((value, place) => {
      const name = `${call ? `call ${call + 1}: ` : ""}${one.returns[place]}`;
      arrays[name] = { dtype: value.dtype, shape: value.shape, data: written(value) };
    });
  });
  return { arrays, structure };
}

// The numbers of a tensor, as JSON has them.
function written(value) {
  return Array.from(value.dataSync(), (number) => {
    if (Number.isFinite(number)) return number;
    return Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
  });
}

// What a case gives: an observation, an error, or why it is not run.
function line(one) {
  const reason = missing(one);
  if (reason) return { id: one.id, skipped: reason };
  try {
    return { id: one.id, ...tf.tidy(() => observe(one)) };
  } catch (error) {
    const told = { class: error.name, bases: [error.name], message: String(error.message) };
    return { id: one.id, error: told };
  }
}

async function main(source, target) {
  console.warn = () => {}; // advice about faster backends
  await tf.setBackend("cpu");
  const lines = readFileSync(source, "utf8").trimEnd().split("\n").map((text) => JSON.parse(text));
  const cases = lines.slice(1, -1);
  const header = {
    format: "keras-rnn-conformance observations", version: 1, cases: lines[0], keras: "none",
    backend: "tfjs", backend_version: tf.version.tfjs, python: "none", numpy: "none",
    platform: `${process.platform} ${process.arch}`, device: "cpu", records: [], configs: {},
  };
  const all = [header, ...cases.map(line), { rows: cases.length }];
  writeFileSync(target, all.map((value) => JSON.stringify(value)).join("\n") + "\n");
}

await main(...files);
