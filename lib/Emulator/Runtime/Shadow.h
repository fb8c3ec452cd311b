//===- Shadow.h - Who accessed a word of memory -----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_RUNTIME_SHADOW_H
#define NORM_LIB_EMULATOR_RUNTIME_SHADOW_H

#include "Clock.h"

#include <optional>

namespace norm::emulator {

/// An access to bytes of a word of four.
struct Access {
  uint32_t time = 0;
  uint32_t site : 24;
  /// The bytes of the word; none if there is no access.
  uint32_t mask : 4;
  uint32_t atomic : 1;
  /// Index of the thread in its cluster.
  uint16_t thread = 0;

  Access() : site(0), mask(0), atomic(0) {}
};

/// What is known of four aligned bytes of memory. Each mask has a bit per byte.
/// All 0 is memory that nobody accessed.
struct ShadowWord {
  /// One more than the number of the cluster that `write` and `read` are of.
  uint32_t owner = 0;
  /// One more than the index of further accesses in the history.
  uint32_t more = 0;
  Access write, read;
  /// Bytes that `owner` wrote, read or changed by atomics.
  uint8_t written : 4;
  uint8_t beenRead : 4;
  uint8_t changed : 4;
  /// The same for clusters before `owner`.
  uint8_t earlierWritten : 4;
  uint8_t earlierRead : 4;
  uint8_t earlierChanged : 4;
  /// Of shared memory: bytes that something was written to, bytes that belong
  /// to a variable.
  uint8_t initialized : 4;
  uint8_t addressable : 4;
  /// Bytes that an asynchronous copy will write, or is still reading.
  uint8_t incoming : 4;
  uint8_t outgoing : 4;

  ShadowWord()
      : written(0), beenRead(0), changed(0), earlierWritten(0), earlierRead(0),
        earlierChanged(0), initialized(0), addressable(0), incoming(0),
        outgoing(0) {}
};

/// Two accesses that nothing orders: the one before, or none if it is of a
/// cluster before.
struct Conflict {
  std::optional<Access> before;
  bool beforeWrites;
};

/// The accesses of the cluster that runs, for all words of memory.
class AccessHistory {
public:
  /// Forgets the accesses of the cluster before; `cluster` is the number of the
  /// one that starts.
  void startCluster(uint32_t cluster);

  /// Adds an access of a thread with `clock` to `word` and returns one before
  /// that is in conflict with it.
  std::optional<Conflict> add(ShadowWord &word, Access access, bool writes,
                              const Clock &clock);

  /// The same for a write, without looking for conflicts.
  void replace(ShadowWord &word, Access access);

  /// Calls `function` with each write to the bytes `mask` of `word`.
  template <typename Function>
  void forEachWrite(const ShadowWord &word, uint32_t mask, Function function) {
    if (word.owner != owner)
      return;
    if (word.write.mask & mask)
      function(word.write);
    if (word.more)
      for (const Access &access : further[word.more - 1].writes)
        if (access.mask & mask)
          function(access);
  }

private:
  struct Further {
    llvm::SmallVector<Access, 2> writes, reads;
    /// Once there are many reads, those of each thread by its index.
    std::vector<Access> readsByThread;

    void addRead(const Access &access);
  };

  /// Makes `word` one of the cluster that runs.
  void claim(ShadowWord &word);
  Further &getFurther(ShadowWord &word);
  void insert(ShadowWord &word, Access access, bool writes);

  std::vector<Further> further;
  uint32_t owner = 0;
};

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_RUNTIME_SHADOW_H
