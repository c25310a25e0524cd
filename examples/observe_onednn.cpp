// Let the suite judge the recurrent primitives of oneDNN: an observer in C++.
//
//     pip install onednn-devel-cpu-gomp    (or your system's libdnnl-dev; and nlohmann-json3-dev)
//     g++ -std=c++17 -O2 examples/observe_onednn.cpp -o observe_onednn -ldnnl
//     keras-rnn-conformance export --profile smoke -o cases.json
//     ./observe_onednn cases.json observations.json
//     keras-rnn-conformance judge observations.json
//
// It needs oneDNN 3 and nlohmann's JSON for C++. With an environment of Python's, add
// -I$VIRTUAL_ENV/include -L$VIRTUAL_ENV/lib -Wl,-rpath,$VIRTUAL_ENV/lib. The primitives have
// Keras's layout and order of gates. docs/format.md says what the files hold.

#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <oneapi/dnnl/dnnl.hpp>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

using json = nlohmann::ordered_json;
using tag = dnnl::memory::format_tag;

struct Array {
  std::vector<int64_t> shape;
  std::vector<float> data;
};

const std::map<std::string, int64_t> GATES = {{"SimpleRNN", 1}, {"LSTM", 4}, {"GRU", 3}};
const std::map<std::string, dnnl::algorithm> ACTIVATIONS = {
    {"tanh", dnnl::algorithm::eltwise_tanh},
    {"relu", dnnl::algorithm::eltwise_relu},
    {"sigmoid", dnnl::algorithm::eltwise_logistic}};
const std::set<std::string> ARGUMENTS = {"units",    "return_sequences", "return_state", "go_backwards",
                                         "use_bias", "reset_after",      "activation"};

// An array of the file.
Array array_of(const json& value) {
  Array array{value.at("shape").get<std::vector<int64_t>>(), {}};
  for (const auto& number : value.at("data"))
    array.data.push_back(number.is_string() ? std::stof(number.get<std::string>()) : number.get<float>());
  return array;
}

// An array as the file has it.
json written(const Array& array) {
  json data = json::array();
  for (float number : array.data) {
    if (std::isfinite(number)) data.push_back(number);
    else data.push_back(std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf");
  }
  return {{"dtype", "float32"}, {"shape", array.shape}, {"data", data}};
}

bool flag(const json& one, const char* name, bool otherwise = false) {
  return one.at("arguments").value(name, otherwise);
}

// Why oneDNN cannot run a case; empty if it can.
std::string missing(const json& one) {
  if (!one.contains("arguments")) return "the scenario is more than a call";
  if (one.contains("layout")) return "the weights are not in Keras's layout";
  const std::string layer = one.at("layer");
  if (!GATES.count(layer)) return "oneDNN has no " + layer;
  for (const auto& [name, value] : one.at("arguments").items())
    if (!ARGUMENTS.count(name)) return "oneDNN has no " + name;
  for (const auto& [name, value] : one.at("options").items())
    if (name != "init") return "oneDNN has no " + name;
  if (one.contains("mask")) return "oneDNN has no masks";
  if (one.at("dtype") != "float32" || one.at("inputs").size() > 1)
    return "this observer makes one call in float32";
  if (const auto init = one.at("options").value("init", ""); init == "symbolic" || init == "layer")
    return "this observer has no models";
  const auto activation = one.at("arguments").value("activation", json("tanh"));
  const bool known = activation.is_string() && ACTIVATIONS.count(activation.get<std::string>());
  if (!known || (layer != "SimpleRNN" && activation != "tanh")) return "oneDNN has no such activation";
  for (const auto& size : one.at("inputs").at(0).at("shape"))
    if (size == 0) return "oneDNN wants a timestep";
  return "";
}

class Call {
 public:
  explicit Call(const json& one)
      : one_(one), layer_(one.at("layer")), x_(array_of(one.at("inputs").at(0))) {
    samples_ = x_.shape[0], steps_ = x_.shape[1], features_ = x_.shape[2];
    units_ = one.at("arguments").at("units");
    gates_ = GATES.at(layer_);
    for (const auto& weight : one.at("weights")) weights_.push_back(array_of(weight));
    resets_after_ = layer_ == "GRU" && flag(one, "reset_after", true);
  }

  // Run the case: what the call returns, by name.
  json observe() {
    const bool backwards = flag(one_, "go_backwards");
    for (int64_t k = 0; k < (layer_ == "LSTM" ? 2 : 1); ++k) states_.push_back(start(k));
    const auto direction = backwards ? dnnl::rnn_direction::unidirectional_right2left
                                     : dnnl::rnn_direction::unidirectional_left2right;
    std::vector<float> sequence(steps_ * samples_ * units_);
    std::vector<std::vector<float>> lasts(states_.size(), std::vector<float>(samples_ * units_));
    std::vector<float> x = by_time(x_.data, samples_, steps_, features_), bias = biases();
    std::unordered_map<int, dnnl::memory> given = {
        {DNNL_ARG_SRC_LAYER, memory({steps_, samples_, features_}, tag::tnc, x)},
        {DNNL_ARG_SRC_ITER, memory({1, 1, samples_, units_}, tag::ldnc, states_[0])},
        {DNNL_ARG_WEIGHTS_LAYER, memory({1, 1, features_, gates_, units_}, tag::ldigo, weights_[0].data)},
        {DNNL_ARG_WEIGHTS_ITER, memory({1, 1, units_, gates_, units_}, tag::ldigo, weights_[1].data)},
        {DNNL_ARG_BIAS, memory({1, 1, gates_ + resets_after_, units_}, tag::ldgo, bias)},
        {DNNL_ARG_DST_LAYER, memory({steps_, samples_, units_}, tag::tnc, sequence)},
        {DNNL_ARG_DST_ITER, memory({1, 1, samples_, units_}, tag::ldnc, lasts[0])}};
    if (layer_ == "LSTM") {
      given.emplace(DNNL_ARG_SRC_ITER_C, memory({1, 1, samples_, units_}, tag::ldnc, states_[1]));
      given.emplace(DNNL_ARG_DST_ITER_C, memory({1, 1, samples_, units_}, tag::ldnc, lasts[1]));
    }
    dnnl::stream stream(engine_);
    primitive(direction, given).execute(stream, given);
    stream.wait();
    return returned(sequence, lasts, backwards);
  }

 private:
  const json& one_;
  std::string layer_;
  Array x_;
  int64_t samples_, steps_, features_, units_, gates_;
  bool resets_after_;
  std::vector<Array> weights_;
  std::vector<std::vector<float>> states_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};

  dnnl::memory memory(dnnl::memory::dims sizes, tag order, std::vector<float>& data) {
    return dnnl::memory({sizes, dnnl::memory::data_type::f32, order}, engine_, data.data());
  }

  // (samples, steps, width) as (steps, samples, width); the reverse where the sizes are exchanged.
  static std::vector<float> by_time(const std::vector<float>& data, int64_t rows, int64_t columns, int64_t width) {
    std::vector<float> turned(data.size());
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c)
        for (int64_t k = 0; k < width; ++k) turned[(c * rows + r) * width + k] = data[(r * columns + c) * width + k];
    return turned;
  }

  // The k-th state to begin with: that of the case, or zeros.
  std::vector<float> start(size_t k) const {
    if (one_.contains("initial_state")) return array_of(one_.at("initial_state").at(k)).data;
    return std::vector<float>(samples_ * units_);
  }

  // One bias a gate; a GRU that resets after the product has a further one for the candidate.
  std::vector<float> biases() const {
    std::vector<float> bias((gates_ + resets_after_) * units_);
    if (weights_.size() < 3) return bias;
    const auto& rows = weights_[2].data;
    const int64_t row = gates_ * units_, shared = 2 * units_;
    std::copy(rows.begin(), rows.begin() + row, bias.begin());
    for (int64_t k = 0; resets_after_ && k < row; ++k)
      (k < shared ? bias[k] : bias[k + units_]) += rows[row + k];
    return bias;
  }

  dnnl::primitive primitive(dnnl::rnn_direction direction, const std::unordered_map<int, dnnl::memory>& given) {
    const auto of = [&](int which) { return given.at(which).get_desc(); };
    const auto kind = dnnl::prop_kind::forward_inference;
    const auto x = of(DNNL_ARG_SRC_LAYER), h = of(DNNL_ARG_SRC_ITER), w = of(DNNL_ARG_WEIGHTS_LAYER);
    const auto u = of(DNNL_ARG_WEIGHTS_ITER), b = of(DNNL_ARG_BIAS), y = of(DNNL_ARG_DST_LAYER);
    const auto last = of(DNNL_ARG_DST_ITER);
    if (layer_ == "LSTM")
      return dnnl::lstm_forward({engine_, kind, direction, x, h, of(DNNL_ARG_SRC_ITER_C), w, u, b, y, last,
                                 of(DNNL_ARG_DST_ITER_C)});
    if (layer_ == "GRU" && resets_after_)
      return dnnl::lbr_gru_forward({engine_, kind, direction, x, h, w, u, b, y, last});
    if (layer_ == "GRU") return dnnl::gru_forward({engine_, kind, direction, x, h, w, u, b, y, last});
    const auto activation = ACTIVATIONS.at(one_.at("arguments").value("activation", "tanh"));
    return dnnl::vanilla_rnn_forward({engine_, kind, activation, direction, x, h, w, u, b, y, last, 0.0f});
  }

  json returned(const std::vector<float>& sequence, const std::vector<std::vector<float>>& lasts, bool backwards) const {
    std::vector<float> read = sequence;  // Keras returns first what it read first
    const int64_t step = samples_ * units_;
    for (int64_t t = 0; backwards && t < steps_; ++t)
      std::copy_n(sequence.begin() + (steps_ - 1 - t) * step, step, read.begin() + t * step);
    std::vector<Array> values = {{{samples_, units_}, lasts[0]}};
    if (flag(one_, "return_sequences"))
      values[0] = {{samples_, steps_, units_}, by_time(read, steps_, samples_, units_)};
    for (const auto& last : lasts) values.push_back({{samples_, units_}, last});
    const auto& names = one_.at("returns");
    json arrays;
    for (size_t k = 0; k < names.size(); ++k) arrays[names[k].get<std::string>()] = written(values[k]);
    const auto structure = names.size() == 1 ? "tensor" : "tuple[" + std::to_string(names.size()) + "]";
    return {{"id", one_.at("id")}, {"arrays", arrays}, {"structure", structure}};
  }
};

// What a case gives: an observation, an error, or why it is not run.
json line(const json& one) {
  if (const auto reason = missing(one); !reason.empty()) return {{"id", one.at("id")}, {"skipped", reason}};
  try {
    return Call(one).observe();
  } catch (const dnnl::error& error) {
    const json told = {{"class", "dnnl::error"}, {"bases", {"dnnl::error"}}, {"message", error.what()}};
    return {{"id", one.at("id")}, {"error", told}};
  }
}

int main(int count, char** words) {
  if (count != 3) return std::cerr << "usage: observe_onednn cases.json observations.json\n", 2;
  std::ifstream source(words[1]);
  std::ofstream target(words[2]);
  std::string text;
  std::getline(source, text);
  const auto* version = dnnl::version();
  const auto release = std::to_string(version->major) + "." + std::to_string(version->minor);
  target << json{{"format", "keras-rnn-conformance observations"},
                 {"version", 1},
                 {"cases", json::parse(text)},
                 {"keras", "none"},
                 {"backend", "onednn"},
                 {"backend_version", release},
                 {"python", "none"},
                 {"numpy", "none"},
                 {"platform", "none"},
                 {"device", "cpu"},
                 {"records", json::array()},
                 {"configs", json::object()}}
         << "\n";
  size_t rows = 0;
  for (; std::getline(source, text); ++rows) {
    const auto one = json::parse(text);
    if (!one.contains("id")) break;  // the footer
    target << line(one) << "\n";
  }
  target << json{{"rows", rows}} << "\n";
  return target.good() ? 0 : 1;
}
