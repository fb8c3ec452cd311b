//===- BoundedEquation.cpp - Equations in bounded integers ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BoundedEquation.h"

#include <algorithm>
#include <cassert>
#include <numeric>

using namespace norm::runtime;

/// The x in [0, modulus) with a * x = 1 modulo `modulus`, which has no common
/// divisor with `a` >= 0.
static int64_t getInverse(int64_t a, int64_t modulus) {
  if (modulus == 1)
    return 0;
  int64_t r0 = modulus, r1 = a % modulus, x0 = 0, x1 = 1;
  while (r1 > 1) {
    int64_t quotient = r0 / r1;
    int64_t r2 = r0 - quotient * r1, x2 = x0 - quotient * x1;
    r0 = r1, r1 = r2;
    x0 = x1, x1 = x2;
  }
  return x1 < 0 ? x1 + modulus : x1;
}

static int64_t multiplyModulo(int64_t a, int64_t b, int64_t modulus) {
  return int64_t(static_cast<unsigned __int128>(a) * b % modulus);
}

bool BoundedEquation::addTerm(int64_t coefficient, int64_t bound) {
  assert(coefficient > 0 && bound >= 0);
  if (bound == 0)
    return true;
  if (numTerms == maxTerms)
    return false;
  terms[numTerms++] = {coefficient, bound, 0, 0};
  return true;
}

/// c * x + (m * c) * y takes every multiple of c up to its largest value if m -
/// 1
/// <= bound of x, so that one term can stand for both: those of a contiguous
/// tensor become a single one.
void BoundedEquation::mergeTerms() {
  std::sort(terms, terms + numTerms, [](const Term &a, const Term &b) {
    return a.coefficient < b.coefficient;
  });
  for (bool changed = true; changed;) {
    changed = false;
    int kept = 0;
    for (int i = 0; i < numTerms; ++i) {
      Term term = terms[i];
      Term *into = std::find_if(terms, terms + kept, [&](const Term &other) {
        return term.coefficient % other.coefficient == 0 &&
               term.coefficient / other.coefficient - 1 <= other.bound;
      });
      if (into == terms + kept) {
        terms[kept++] = term;
        continue;
      }
      into->bound += term.coefficient / into->coefficient * term.bound;
      changed = true;
    }
    numTerms = kept;
  }
}

Answer BoundedEquation::hasSolution(int64_t value, int64_t workLimit) {
  mergeTerms();
  // The largest coefficient first: it leaves the fewest values to try.
  std::reverse(terms, terms + numTerms);
  int64_t gcd = 0, reach = 0;
  for (int i = numTerms - 1; i >= 0; --i) {
    gcd = std::gcd(gcd, terms[i].coefficient);
    reach += terms[i].coefficient * terms[i].bound;
    terms[i].gcd = gcd;
    terms[i].reach = reach;
  }
  if (value == 0)
    return Answer::Yes;
  if (value < 0 || value > reach || value % gcd != 0)
    return Answer::No;
  work = workLimit;
  return search(0, value);
}

/// Whether the terms from `index` on reach `value`, which is a multiple of
/// their gcd and within their reach.
Answer BoundedEquation::search(int index, int64_t value) {
  if (index + 1 == numTerms)
    return Answer::Yes;
  const Term &term = terms[index], &next = terms[index + 1];

  // The x that leave a value within the reach of the later terms.
  int64_t missing = value - next.reach;
  int64_t low = missing <= 0 ? 0 : (missing - 1) / term.coefficient + 1;
  int64_t high = std::min(term.bound, value / term.coefficient);
  // Of these, the ones that leave a multiple of the gcd of the later terms:
  // every `step`-th.
  int64_t step = next.gcd / term.gcd;
  int64_t inverse = getInverse(term.coefficient / term.gcd, step);
  int64_t residue = multiplyModulo(value / term.gcd % step, inverse, step);
  int64_t skip = (residue - low % step + step) % step;
  if (low > high || skip > high - low)
    return Answer::No;

  for (int64_t x = low + skip;; x += step) {
    if (work-- <= 0)
      return Answer::Unknown;
    Answer answer = search(index + 1, value - term.coefficient * x);
    if (answer != Answer::No)
      return answer;
    if (x > high - step)
      return Answer::No;
  }
}
