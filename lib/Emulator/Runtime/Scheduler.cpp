//===- Scheduler.cpp - Which thread runs next -----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Scheduler.h"

#include "Thread.h"

#include <numeric>

using namespace norm::emulator;

void Scheduler::reset(uint32_t warps) {
  bool perWarp = policy == Schedule::Policy::WarpPriority;
  ready.assign(perWarp ? warps : 1, {});
  later.clear();
  priorities.resize(ready.size());
  std::iota(priorities.begin(), priorities.end(), 0);
  untilDrawn = 0;
}

void Scheduler::add(Thread &thread) {
  ready[ready.size() == 1 ? 0 : thread.warp->index].push_back(&thread);
}

void Scheduler::drawPriorities() {
  for (uint32_t i = priorities.size(); i > 1; --i)
    std::swap(priorities[i - 1], priorities[random.below(i)]);
  // Short and long stretches, each length of 2^n as likely.
  untilDrawn = 16u << random.below(10);
}

Thread *Scheduler::takeRandom(std::vector<Thread *> &from) {
  std::swap(from[random.below(from.size())], from.back());
  Thread *thread = from.back();
  from.pop_back();
  return thread;
}

Thread *Scheduler::next() {
  if (policy == Schedule::Policy::WarpPriority && untilDrawn-- == 0)
    drawPriorities();
  for (;;) {
    for (uint32_t index : priorities) {
      std::vector<Thread *> &list = ready[index];
      if (list.empty())
        continue;
      if (policy != Schedule::Policy::LIFO)
        return takeRandom(list);
      Thread *thread = list.back();
      list.pop_back();
      return thread;
    }
    if (later.empty())
      return nullptr;
    for (Thread *thread : later)
      add(*thread);
    later.clear();
  }
}

void Scheduler::startOrder(uint64_t count) {
  orderCount = count;
  orderFactor = 1;
  orderOffset = 0;
  if (policy == Schedule::Policy::LIFO || count > UINT32_MAX || count < 2)
    return;
  // i -> i * factor + offset is one-to-one if the factor has no divisor in
  // common with the count.
  do
    orderFactor = 1 + random.below(count - 1);
  while (std::gcd(orderFactor, orderCount) != 1);
  orderOffset = random.below(count);
}

uint64_t Scheduler::inOrder(uint64_t index) const {
  return orderFactor == 1 && orderOffset == 0
             ? index
             : (index * orderFactor + orderOffset) % orderCount;
}
