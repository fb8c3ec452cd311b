//===- RandomFunctionTest.cpp - Gradients of random functions -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Gradient.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

using namespace norm::test;

namespace {

/// One step of a function: what it does, and which of the values so far it
/// reads (modulo their number).
struct Step {
  unsigned kind, first, second;
};

/// Writes a function of matrices of M rows and N columns and vectors of N
/// elements. Each step keeps values and derivatives moderate: a function with a
/// narrow domain is applied to 2 + tanh of a value.
class FunctionWriter {
public:
  FunctionWriter(bool isDynamic)
      : matrix(isDynamic ? "tensor<?x?xf64>" : "tensor<MxNxf64>"),
        vector(isDynamic ? "tensor<?xf64>" : "tensor<Nxf64>"),
        sizes(isDynamic ? "%m, %n" : ""), rows(isDynamic ? "%m" : "M"),
        columns(isDynamic ? "%n" : "N"),
        flat(isDynamic ? "tensor<?xf64>" : "tensor<MNxf64>"),
        cube(isDynamic ? "tensor<?x1x?xf64>" : "tensor<Mx1xNxf64>") {}

  void add(const Step &step);
  /// Returns the last matrix and the last vector.
  std::string finish(int64_t m, int64_t n);

private:
  std::string getMatrix(unsigned number) {
    return matrices[number % matrices.size()];
  }
  std::string getVector(unsigned number) {
    return vectors[number % vectors.size()];
  }
  std::string op(const std::string &text) {
    std::string name = "%v" + std::to_string(count++);
    body += "  " + name + " = " + text + "\n";
    return name;
  }
  std::string unary(const std::string &name, const std::string &a) {
    return op(name + " " + a + " : " + matrix);
  }
  std::string binary(const std::string &name, const std::string &a,
                     const std::string &b) {
    return op(name + " " + a + ", " + b + " : " + matrix);
  }
  /// A matrix of values in [1, 3].
  std::string positive(const std::string &a) {
    std::string bounded = unary("math.tanh", a);
    return op("linalg.generic {indexing_maps = [#id, #id], iterator_types = "
              "[\"parallel\", \"parallel\"]} ins(" +
              bounded + " : " + matrix + ") outs(%e : " + matrix +
              ") {\n  ^bb0(%p: f64, %q: f64):\n    %s = arith.addf %p, %two : "
              "f64\n    linalg.yield %s : f64\n  } -> " +
              matrix);
  }
  /// The sum of each column, as a mean.
  std::string reduce(const std::string &a) {
    return op(
        "linalg.generic {indexing_maps = [#id, #col], iterator_types = "
        "[\"reduction\", \"parallel\"]} ins(" +
        a + " : " + matrix + ") outs(%z : " + vector +
        ") {\n  ^bb0(%p: f64, %q: f64):\n    %s = math.sin %p : f64\n    "
        "%t = arith.addf %s, %q : f64\n    linalg.yield %t : f64\n  } -> " +
        vector);
  }

  std::string matrix, vector, sizes, rows, columns, flat, cube, body;
  std::vector<std::string> matrices = {"%x", "%y"}, vectors = {"%g", "%b"};
  unsigned count = 0;
};

constexpr unsigned kNumKinds = 20;

void FunctionWriter::add(const Step &step) {
  std::string a = getMatrix(step.first), b = getMatrix(step.second);
  std::string g = getVector(step.first), c = getVector(step.second);
  switch (step.kind) {
  case 0:
    return matrices.push_back(binary("arith.addf", a, b));
  case 1:
    return matrices.push_back(binary("arith.subf", a, b));
  case 2:
    return matrices.push_back(binary("arith.mulf", unary("math.sin", a), b));
  case 3:
    return matrices.push_back(binary("arith.divf", a, positive(b)));
  case 4:
    return matrices.push_back(unary("arith.negf", a));
  case 5:
    return matrices.push_back(unary("math.cos", a));
  case 6:
    return matrices.push_back(unary("math.erf", a));
  case 7:
    return matrices.push_back(unary("math.exp", unary("math.sin", a)));
  case 8:
    return matrices.push_back(unary("math.log", positive(a)));
  case 9:
    return matrices.push_back(unary("math.sqrt", positive(a)));
  case 10:
    return matrices.push_back(unary("math.rsqrt", positive(a)));
  case 11:
    return matrices.push_back(
        binary("math.powf", positive(a), unary("math.tanh", b)));
  case 12:
    return matrices.push_back(op("norm.rmsnorm " + a + " gamma(" + g +
                                 ") beta(" + c + ") axis(1) epsilon(0.25) : (" +
                                 matrix + ", " + vector + ", " + vector +
                                 ") -> " + matrix));
  case 13:
    return matrices.push_back(op("norm.rmsnorm " + a +
                                 " axis(-1) epsilon(0.5) target_rms(0.5) : (" +
                                 matrix + ") -> " + matrix));
  case 14:
    return matrices.push_back(op("norm.reciprocal " + positive(a) + " : (" +
                                 matrix + ") -> " + matrix));
  case 15:
    return matrices.push_back(op("linalg.broadcast ins(" + g + " : " + vector +
                                 ") outs(%e : " + matrix +
                                 ") dimensions = [0]"));
  case 16:
    return matrices.push_back(op(
        "linalg.generic {indexing_maps = [#id, #col, #id], iterator_types "
        "= [\"parallel\", \"parallel\"]} ins(" +
        a + ", " + g + " : " + matrix + ", " + vector +
        ") outs(%e : " + matrix +
        ") {\n  ^bb0(%p: f64, %q: f64, %r: f64):\n    %s = math.tanh "
        "%p : f64\n    %t = arith.mulf %s, %q : f64\n    %u = arith.addf %t, "
        "%w : f64\n    linalg.yield %u : f64\n  } -> " +
        matrix));
  case 17:
    return vectors.push_back(reduce(a));
  case 18: {
    std::string collapsed = op("tensor.collapse_shape " + a +
                               " [[0, 1]] : " + matrix + " into " + flat);
    std::string changed = op("math.sin " + collapsed + " : " + flat);
    std::string expanded =
        op("tensor.expand_shape " + changed + " [[0, 1, 2]] output_shape [" +
           rows + ", 1, " + columns + "] : " + flat + " into " + cube);
    return matrices.push_back(op("tensor.collapse_shape " + expanded +
                                 " [[0, 1], [2]] : " + cube + " into " +
                                 matrix));
  }
  default: {
    std::string stats =
        op("norm.channel_stats " + a + " epsilon(0.5) layout(NHWC) : (" +
           matrix + ") -> (" + vector + ", " + vector + ")");
    // Both results are values of their own.
    body.insert(body.rfind(stats) + stats.size(), ":2");
    vectors.push_back(stats + "#0");
    return vectors.push_back(stats + "#1");
  }
  }
}

/// Replaces each `word` in `text`.
void replaceAll(std::string &text, const std::string &word,
                const std::string &by) {
  for (size_t at = 0; (at = text.find(word, at)) != std::string::npos;
       at += by.size())
    text.replace(at, word.size(), by);
}

std::string FunctionWriter::finish(int64_t m, int64_t n) {
  std::string text =
      "#id = affine_map<(d0, d1) -> (d0, d1)>\n"
      "#col = affine_map<(d0, d1) -> (d1)>\n"
      "func.func @f(%x: " +
      matrix + ", %y: " + matrix + ", %g: " + vector + ", %b: " + vector +
      ", %w: f64) -> (" + matrix + ", " + vector +
      ") {\n"
      "  %c0 = arith.constant 0 : index\n  %c1 = arith.constant 1 : index\n"
      "  %two = arith.constant 2.0 : f64\n  %zero = arith.constant 0.0 : f64\n"
      "  %m = tensor.dim %x, %c0 : " +
      matrix +
      "\n"
      "  %n = tensor.dim %x, %c1 : " +
      matrix +
      "\n"
      "  %e = tensor.empty(" +
      sizes + ") : " + matrix +
      "\n"
      "  %ez = tensor.empty(" +
      (sizes.empty() ? "" : "%n") + ") : " + vector +
      "\n  %z = linalg.fill ins(%zero : f64) outs(%ez : " + vector + ") -> " +
      vector + "\n" + body + "  return " + matrices.back() + ", " +
      vectors.back() + " : " + matrix + ", " + vector + "\n}\n";
  replaceAll(text, "<MNx", "<" + std::to_string(m * n) + "x");
  replaceAll(text, "<MxNx",
             "<" + std::to_string(m) + "x" + std::to_string(n) + "x");
  replaceAll(text, "<Mx1xNx",
             "<" + std::to_string(m) + "x1x" + std::to_string(n) + "x");
  replaceAll(text, "<Nx", "<" + std::to_string(n) + "x");
  replaceAll(text, "[M, 1, N]",
             "[" + std::to_string(m) + ", 1, " + std::to_string(n) + "]");
  return text;
}

} // namespace

RC_GTEST_PROP(RandomFunction, EqualsDifferences, ()) {
  bool isDynamic = *rc::gen::arbitrary<bool>();
  int64_t m = *rc::gen::inRange(isDynamic ? 0 : 1, 4);
  int64_t n = *rc::gen::inRange(1, 5);
  // Channels without elements have no deviation: the last kind is not for them.
  unsigned numKinds = m == 0 ? kNumKinds - 1 : kNumKinds;
  auto steps = *rc::gen::container<std::vector<Step>>(rc::gen::construct<Step>(
      rc::gen::inRange(0u, numKinds), rc::gen::inRange(0u, 16u),
      rc::gen::inRange(0u, 16u)));
  if (steps.size() > 10)
    steps.resize(10);
  uint64_t seed = *rc::gen::inRange(0, 1000);
  FunctionWriter writer(isDynamic);
  for (const Step &step : steps)
    writer.add(step);
  std::string text = writer.finish(m, n);
  RC_LOG() << m << " x " << n << "\n" << text;
  std::string error = compareWithDifferences(
      text,
      {makeArray({m, n}, seed), makeArray({m, n}, seed + 1),
       makeArray({n}, seed + 2), makeArray({n}, seed + 3),
       makeArray({}, seed + 4)},
      {makeArray({m, n}, seed + 5), makeArray({n}, seed + 6)});
  RC_LOG() << error;
  RC_ASSERT(error.empty());
}
