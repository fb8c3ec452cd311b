//===- OverlapTest.cpp - Tests of the search for common elements ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Overlap.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace norm::runtime;

namespace {

/// A view with its sizes and strides.
struct Layout {
  uint64_t address;
  std::vector<int64_t> sizes, strides;
  int64_t elementBytes;

  View view() const {
    return {address, sizes.data(), strides.data(), int64_t(sizes.size()),
            elementBytes};
  }

  int64_t count() const {
    int64_t product = 1;
    for (int64_t size : sizes)
      product *= size;
    return product;
  }

  /// The address of each byte of each element, one by one.
  std::vector<uint64_t> bytes() const {
    std::vector<uint64_t> result;
    for (int64_t linear = 0, end = count(); linear < end; ++linear) {
      uint64_t start = address;
      int64_t rest = linear;
      for (size_t dim = 0; dim < sizes.size(); ++dim) {
        start += uint64_t(rest % sizes[dim] * strides[dim] * elementBytes);
        rest /= sizes[dim];
      }
      for (int64_t byte = 0; byte < elementBytes; ++byte)
        result.push_back(start + uint64_t(byte));
    }
    return result;
  }

  std::string str() const {
    std::string text = std::to_string(address) + ":";
    for (size_t dim = 0; dim < sizes.size(); ++dim)
      text +=
          " " + std::to_string(sizes[dim]) + "*" + std::to_string(strides[dim]);
    return text + " of " + std::to_string(elementBytes);
  }
};

Answer overlap(const Layout &a, const Layout &b) {
  ByteRange aRange, bRange;
  EXPECT_TRUE(getByteRange(a.view(), aRange));
  EXPECT_TRUE(getByteRange(b.view(), bRange));
  return hasOverlap(a.view(), aRange, b.view(), bRange);
}

class RandomLayouts {
public:
  Layout next(bool aligned) {
    Layout layout;
    layout.elementBytes = int64_t(1) << pick(0, 3);
    layout.address = uint64_t(pick(100000, 100200));
    if (aligned)
      layout.address -= layout.address % uint64_t(layout.elementBytes);
    int64_t rank = pick(0, 4);
    for (int64_t dim = 0; dim < rank; ++dim) {
      layout.sizes.push_back(pick(1, 5));
      layout.strides.push_back(pick(-14, 14) * (pick(0, 2) ? 1 : 3));
    }
    return layout;
  }

private:
  int64_t pick(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(generator);
  }

  std::mt19937_64 generator{20240711};
};

TEST(Overlap, AgreesWithListingAllBytes) {
  RandomLayouts layouts;
  int answers[2] = {};
  for (int round = 0; round < 20000; ++round) {
    Layout a = layouts.next(round % 2), b = layouts.next(round % 2);
    std::vector<uint64_t> aBytes = a.bytes(), bBytes = b.bytes();
    std::set<uint64_t> inA(aBytes.begin(), aBytes.end());
    bool expected =
        std::any_of(bBytes.begin(), bBytes.end(),
                    [&](uint64_t byte) { return inA.count(byte) != 0; });
    ASSERT_EQ(overlap(a, b), expected ? Answer::Yes : Answer::No)
        << "round " << round << "\n a " << a.str() << "\n b " << b.str();
    ++answers[expected];
  }
  // The samples must ask both kinds of question.
  EXPECT_GT(answers[0], 2000);
  EXPECT_GT(answers[1], 2000);
}

TEST(Overlap, InAViewAgreesWithListingAllBytes) {
  RandomLayouts layouts;
  int answers[2] = {};
  for (int round = 0; round < 20000; ++round) {
    Layout layout = layouts.next(true);
    std::vector<uint64_t> bytes = layout.bytes();
    std::set<uint64_t> distinct(bytes.begin(), bytes.end());
    bool expected = distinct.size() != bytes.size();
    ASSERT_EQ(hasSelfOverlap(layout.view()),
              expected ? Answer::Yes : Answer::No)
        << "round " << round << ": " << layout.str();
    ++answers[expected];
  }
  EXPECT_GT(answers[0], 2000);
  EXPECT_GT(answers[1], 2000);
}

TEST(Overlap, ByteRangeHoldsExactlyTheElements) {
  RandomLayouts layouts;
  for (int round = 0; round < 1000; ++round) {
    Layout layout = layouts.next(round % 2);
    std::vector<uint64_t> bytes = layout.bytes();
    ByteRange range;
    ASSERT_TRUE(getByteRange(layout.view(), range));
    EXPECT_EQ(range.begin, *std::min_element(bytes.begin(), bytes.end()));
    EXPECT_EQ(range.end, *std::max_element(bytes.begin(), bytes.end()) + 1);
  }
}

TEST(Overlap, ByteRangeBeyondTheAddressSpace) {
  const int64_t big = int64_t(1) << 62;
  ByteRange range;
  for (const Layout &layout : std::vector<Layout>{
           {4096, {3}, {big}, 4},
           {4096, {INT64_MAX}, {INT64_MAX}, 1},
           {4096, {INT64_MAX}, {INT64_MIN}, 1},
           {4096, {2}, {INT64_MIN}, 1},
           {4096, {2, 2, 2, 2}, {big / 2, big / 2, big / 2, big / 2}, 1},
           {4096, {2, 2}, {big / 2, -big / 2}, 1},
           {4096, {2}, {-4096}, 4},
           {UINT64_MAX - 15, {5}, {1}, 4},
       })
    EXPECT_FALSE(getByteRange(layout.view(), range)) << layout.str();
}

TEST(Overlap, ColumnsAndSlicesOfLargeBuffers) {
  // q, k and v of one buffer of 1e6 rows.
  Layout q{4096, {1000000, 4096}, {3 * 4096, 1}, 4}, k = q, v = q;
  k.address += 4096 * 4;
  v.address += 2 * 4096 * 4;
  EXPECT_EQ(overlap(q, k), Answer::No);
  EXPECT_EQ(overlap(k, v), Answer::No);
  EXPECT_EQ(overlap(q, v), Answer::No);
  // One column more of q reaches into k.
  q.sizes[1] = 4097;
  EXPECT_EQ(overlap(q, k), Answer::Yes);

  Layout even{4096, {1 << 30}, {2}, 4}, odd = even;
  odd.address += 4;
  EXPECT_EQ(overlap(even, odd), Answer::No);
  // Wider elements at even places fill the odd ones too.
  even.elementBytes = 8;
  even.strides[0] = 1;
  EXPECT_EQ(overlap(even, odd), Answer::Yes);

  // A buffer backwards, and the gaps between its elements.
  Layout back{4096 + 12 * 1000, {1001}, {-3}, 4},
      gaps{4100, {1000, 2}, {3, 1}, 4};
  EXPECT_EQ(overlap(back, gaps), Answer::No);
  gaps.sizes[1] = 3;
  EXPECT_EQ(overlap(back, gaps), Answer::Yes);
}

TEST(Overlap, OfViewsOfSeveralStrides) {
  // Multiples of 6, 10 and 15 reach every large number, but not 29.
  Layout a{4096, {100, 100, 100}, {6, 10, 15}, 1}, b{4096 + 29, {1}, {1}, 1};
  EXPECT_EQ(overlap(a, b), Answer::No);
  b.address += 1;
  EXPECT_EQ(overlap(a, b), Answer::Yes);
}

TEST(Overlap, OfATransposedView) {
  EXPECT_EQ(hasSelfOverlap(Layout{0, {4096, 512}, {1, 4096}, 4}.view()),
            Answer::No);
  EXPECT_EQ(hasSelfOverlap(Layout{0, {4097, 512}, {1, 4096}, 4}.view()),
            Answer::Yes);
  // Strides that are not nested, with and without a common element.
  EXPECT_EQ(hasSelfOverlap(Layout{0, {3, 2}, {2, 3}, 4}.view()), Answer::No);
  EXPECT_EQ(hasSelfOverlap(Layout{0, {4, 3}, {2, 3}, 4}.view()), Answer::Yes);
}

TEST(Overlap, TooHardToDecide) {
  // Subset sums of large numbers without structure, and an address in between.
  Layout hard{uint64_t(1) << 32, {}, {}, 1};
  std::mt19937_64 generator(1);
  for (int dim = 0; dim < 40; ++dim) {
    hard.sizes.push_back(2);
    hard.strides.push_back(int64_t(generator() >> 12));
  }
  Layout target{hard.address, {1}, {1}, 1};
  for (int64_t stride : hard.strides)
    target.address += uint64_t(stride) / 2;
  EXPECT_EQ(overlap(hard, target), Answer::Unknown);
  EXPECT_EQ(hasSelfOverlap(hard.view()), Answer::Unknown);
}

TEST(Overlap, TooManyDims) {
  Layout deep{4096, std::vector<int64_t>(70, 2), {}, 1};
  for (int dim = 0; dim < 70; ++dim)
    deep.strides.push_back(1 + dim * dim);
  EXPECT_EQ(overlap(deep, {4096 + 1000, {1}, {1}, 1}), Answer::Unknown);
  EXPECT_EQ(hasSelfOverlap(deep.view()), Answer::Unknown);
}

TEST(Overlap, SameView) {
  Layout a{4096, {4, 1, 8}, {8, 0, 1}, 4}, b = a;
  b.strides[1] = 77;
  EXPECT_TRUE(isSameView(a.view(), b.view()));
  for (Layout other :
       {Layout{4100, {4, 1, 8}, {8, 0, 1}, 4},
        Layout{4096, {4, 1, 7}, {8, 0, 1}, 4},
        Layout{4096, {4, 1, 8}, {9, 0, 1}, 4}, Layout{4096, {4, 8}, {8, 1}, 4},
        Layout{4096, {4, 1, 8}, {8, 0, 1}, 2}})
    EXPECT_FALSE(isSameView(a.view(), other.view())) << other.str();
}

} // namespace
