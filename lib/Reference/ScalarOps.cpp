//===- ScalarOps.cpp - Arith and math ops on scalars ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarOps.h"

#include "Errors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace norm::reference;

/// a, or b where it is greater (less, for the minimum); +0 is above -0.
static double pickMaximum(double a, double b) {
  return a > b || (a == b && !std::signbit(a)) ? a : b;
}
static double pickMinimum(double a, double b) {
  return a < b || (a == b && std::signbit(a)) ? a : b;
}
/// maximumf and minimumf: a NaN wins.
static double maximum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? a + b : pickMaximum(a, b);
}
static double minimum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? a + b : pickMinimum(a, b);
}
/// maxnumf and minnumf: a NaN loses.
static double maxnum(double a, double b) {
  return std::isnan(a) ? b : std::isnan(b) ? a : pickMaximum(a, b);
}
static double minnum(double a, double b) {
  return std::isnan(a) ? b : std::isnan(b) ? a : pickMinimum(a, b);
}

namespace {
using Unary = double (*)(double);
using Binary = double (*)(double, double);
using IntegerBinary = Scalar (*)(int64_t, int64_t);
} // namespace

static Scalar integer(uint64_t value) {
  return Scalar::getInteger(static_cast<int64_t>(value));
}

static const llvm::StringMap<Unary> &getUnaryTable() {
  static const llvm::StringMap<Unary> table = {
      {"arith.negf", [](double a) { return -a; }},
      {"arith.extf", [](double a) { return a; }},
      {"math.absf", [](double a) { return std::fabs(a); }},
      {"math.ceil", [](double a) { return std::ceil(a); }},
      {"math.cos", [](double a) { return std::cos(a); }},
      {"math.erf", [](double a) { return std::erf(a); }},
      {"math.erfc", [](double a) { return std::erfc(a); }},
      {"math.exp", [](double a) { return std::exp(a); }},
      {"math.exp2", [](double a) { return std::exp2(a); }},
      {"math.expm1", [](double a) { return std::expm1(a); }},
      {"math.floor", [](double a) { return std::floor(a); }},
      {"math.log", [](double a) { return std::log(a); }},
      {"math.log1p", [](double a) { return std::log1p(a); }},
      {"math.log2", [](double a) { return std::log2(a); }},
      {"math.rsqrt", [](double a) { return 1 / std::sqrt(a); }},
      {"math.sin", [](double a) { return std::sin(a); }},
      {"math.sqrt", [](double a) { return std::sqrt(a); }},
      {"math.tanh", [](double a) { return std::tanh(a); }},
  };
  return table;
}

static const llvm::StringMap<Binary> &getBinaryTable() {
  static const llvm::StringMap<Binary> table = {
      {"arith.addf", [](double a, double b) { return a + b; }},
      {"arith.divf", [](double a, double b) { return a / b; }},
      {"arith.maximumf", maximum},
      {"arith.maxnumf", maxnum},
      {"arith.minimumf", minimum},
      {"arith.minnumf", minnum},
      {"arith.mulf", [](double a, double b) { return a * b; }},
      {"arith.subf", [](double a, double b) { return a - b; }},
      {"math.powf", [](double a, double b) { return std::pow(a, b); }},
  };
  return table;
}

/// Sums, differences and products wrap: they are made on unsigned integers.
static const llvm::StringMap<IntegerBinary> &getIntegerTable() {
  using I = int64_t;
  using U = uint64_t;
  static const llvm::StringMap<IntegerBinary> table = {
      {"arith.addi", [](I a, I b) { return integer(U(a) + U(b)); }},
      {"arith.andi", [](I a, I b) { return integer(a & b); }},
      {"arith.muli", [](I a, I b) { return integer(U(a) * U(b)); }},
      {"arith.ori", [](I a, I b) { return integer(a | b); }},
      {"arith.subi", [](I a, I b) { return integer(U(a) - U(b)); }},
      {"arith.xori", [](I a, I b) { return integer(a ^ b); }},
  };
  return table;
}

/// The value of the `width` lowest bits of `value` as an unsigned integer.
static uint64_t getUnsigned(int64_t value, unsigned width) {
  auto bits = static_cast<uint64_t>(value);
  return width == 64 ? bits : bits & ((uint64_t(1) << width) - 1);
}

/// The value of the `width` lowest bits of `value` as a signed integer; that of
/// i1's 1 is -1.
static int64_t getSigned(int64_t value, unsigned width) {
  return width == 1 ? -(value & 1) : value;
}

static bool compare(arith::CmpFPredicate predicate, double a, double b) {
  using P = arith::CmpFPredicate;
  bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case P::AlwaysFalse:
    return false;
  case P::OEQ:
    return a == b;
  case P::OGT:
    return a > b;
  case P::OGE:
    return a >= b;
  case P::OLT:
    return a < b;
  case P::OLE:
    return a <= b;
  case P::ONE:
    return !unordered && a != b;
  case P::ORD:
    return !unordered;
  case P::UEQ:
    return unordered || a == b;
  case P::UGT:
    return !(a <= b);
  case P::UGE:
    return !(a < b);
  case P::ULT:
    return !(a >= b);
  case P::ULE:
    return !(a > b);
  case P::UNE:
    return a != b;
  case P::UNO:
    return unordered;
  case P::AlwaysTrue:
    return true;
  }
  return false;
}

static bool compare(arith::CmpIPredicate predicate, int64_t a, int64_t b,
                    unsigned width) {
  using P = arith::CmpIPredicate;
  int64_t sa = getSigned(a, width), sb = getSigned(b, width);
  uint64_t ua = getUnsigned(a, width), ub = getUnsigned(b, width);
  switch (predicate) {
  case P::eq:
    return a == b;
  case P::ne:
    return a != b;
  case P::slt:
    return sa < sb;
  case P::sle:
    return sa <= sb;
  case P::sgt:
    return sa > sb;
  case P::sge:
    return sa >= sb;
  case P::ult:
    return ua < ub;
  case P::ule:
    return ua <= ub;
  case P::ugt:
    return ua > ub;
  case P::uge:
    return ua >= ub;
  }
  return false;
}

/// The signed quotient of two values of `width` bits. It is undefined for a
/// division by zero and where it does not fit.
static Scalar divideSigned(int64_t a, int64_t b, unsigned width) {
  a = getSigned(a, width);
  b = getSigned(b, width);
  if (b == 0 || (b == -1 && a == llvm::minIntN(width)))
    return Scalar::getUndefined();
  return Scalar::getInteger(a / b);
}

/// `value` cut to an integer of `width` bits, undefined where it does not fit.
static Scalar toInteger(double value, unsigned width, bool isSigned) {
  double cut = std::trunc(value);
  double low = isSigned ? -std::ldexp(1.0, width - 1) : 0;
  double high = std::ldexp(1.0, isSigned ? width - 1 : width);
  if (!(cut >= low && cut < high))
    return Scalar::getUndefined();
  return isSigned ? Scalar::getInteger(static_cast<int64_t>(cut))
                  : integer(static_cast<uint64_t>(cut));
}

llvm::Expected<ScalarFunction>
norm::reference::getScalarFunction(Operation *op) {
  llvm::StringRef name = op->getName().getStringRef();
  if (Unary f = getUnaryTable().lookup(name))
    return [f](const Scalar *a) { return Scalar::getReal(f(a[0].real)); };
  if (Binary f = getBinaryTable().lookup(name))
    return [f](const Scalar *a) {
      return Scalar::getReal(f(a[0].real, a[1].real));
    };
  if (IntegerBinary f = getIntegerTable().lookup(name))
    return [f](const Scalar *a) { return f(a[0].integer, a[1].integer); };

  if (auto truncf = dyn_cast<arith::TruncFOp>(op)) {
    auto mode = truncf.getRoundingmode();
    if (mode && *mode != arith::RoundingMode::to_nearest_even)
      return makeError("expected rounding to nearest even");
    return [](const Scalar *a) { return Scalar::getReal(a[0].real); };
  }
  if (name == "math.fma")
    return [](const Scalar *a) {
      return Scalar::getReal(std::fma(a[0].real, a[1].real, a[2].real));
    };
  if (auto cmpf = dyn_cast<arith::CmpFOp>(op))
    return [predicate = cmpf.getPredicate()](const Scalar *a) {
      return Scalar::getInteger(compare(predicate, a[0].real, a[1].real));
    };
  if (isa<arith::SelectOp>(op))
    return [](const Scalar *a) { return a[0].integer ? a[1] : a[2]; };

  // What is left depends on the widths of the operand and the result.
  if (op->getNumOperands() == 0 || op->getNumResults() != 1)
    return makeError("the evaluator does not know this op");
  llvm::Expected<ElementType> from =
      getElementType(op->getOperand(0).getType());
  if (!from)
    return from.takeError();
  llvm::Expected<ElementType> to = getElementType(op->getResult(0).getType());
  if (!to)
    return to.takeError();
  unsigned fromWidth = getBitWidth(*from), toWidth = getBitWidth(*to);

  if (auto cmpi = dyn_cast<arith::CmpIOp>(op))
    return [predicate = cmpi.getPredicate(), fromWidth](const Scalar *a) {
      return Scalar::getInteger(
          compare(predicate, a[0].integer, a[1].integer, fromWidth));
    };
  if (isa<arith::DivSIOp>(op))
    return [fromWidth](const Scalar *a) {
      return divideSigned(a[0].integer, a[1].integer, fromWidth);
    };
  if (isa<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(op))
    return [fromWidth](const Scalar *a) {
      return Scalar::getInteger(getSigned(a[0].integer, fromWidth));
    };
  if (isa<arith::ExtUIOp, arith::IndexCastUIOp>(op))
    return [fromWidth](const Scalar *a) {
      return integer(getUnsigned(a[0].integer, fromWidth));
    };
  // Rounding the integer itself, since through float64 it would round twice.
  if (isa<arith::SIToFPOp>(op))
    return [fromWidth, toFloat = *to == ElementType::F32](const Scalar *a) {
      int64_t value = getSigned(a[0].integer, fromWidth);
      return Scalar::getReal(toFloat ? static_cast<float>(value)
                                     : static_cast<double>(value));
    };
  if (isa<arith::UIToFPOp>(op))
    return [fromWidth, toFloat = *to == ElementType::F32](const Scalar *a) {
      uint64_t value = getUnsigned(a[0].integer, fromWidth);
      return Scalar::getReal(toFloat ? static_cast<float>(value)
                                     : static_cast<double>(value));
    };
  if (isa<arith::FPToSIOp, arith::FPToUIOp>(op))
    return [toWidth, isSigned = isa<arith::FPToSIOp>(op)](const Scalar *a) {
      return toInteger(a[0].real, toWidth, isSigned);
    };
  return makeError("the evaluator does not know this op");
}
