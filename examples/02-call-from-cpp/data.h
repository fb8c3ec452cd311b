//===- data.h - Inputs and expected results ---------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Data that both programs normalize.

#ifndef CALL_FROM_CPP_DATA_H
#define CALL_FROM_CPP_DATA_H

#include <cstdint>
#include <vector>

constexpr int64_t numRows = 7, numColumns = 1024;

/// Values between -8 and 8: `numRows` rows of `numColumns` elements.
std::vector<float> makeInput();

/// One factor between 0.5 and 1.5 for each column.
std::vector<float> makeGamma();

/// The largest difference of an element of `y` from the normalized rows of `x`,
/// computed in double, relative to the latter.
double getLargestError(const std::vector<float> &x,
                       const std::vector<float> &gamma,
                       const std::vector<float> &y);

#endif // CALL_FROM_CPP_DATA_H
