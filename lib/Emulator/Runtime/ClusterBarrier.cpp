//===- ClusterBarrier.cpp - The barrier of a cluster ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

using namespace llvm;
using namespace norm::emulator;

void Machine::arriveAtCluster(bool releases, uint32_t site) {
  if (self->clusterArrived) {
    report(ReportKind::DivergentBarrier, site,
           "arrives at the barrier of the cluster a second time without "
           "waiting for it in between");
    return;
  }
  self->clusterArrived = true;
  self->clusterPhase = clusterPhase;
  ++clusterArrived;
  // A relaxed arrival makes nothing known.
  if (options.checkRaces && releases)
    release(*self, clusterArrivals);
  checkClusterBarrier();
}

void Machine::waitForCluster(uint32_t site) {
  if (!self->clusterArrived) {
    report(ReportKind::DivergentBarrier, site,
           "waits for the barrier of the cluster without having arrived at it");
    return;
  }
  self->clusterArrived = false;
  if (self->clusterPhase == clusterPhase)
    wait(Thread::State::ClusterBarrier, site);
  else
    acquire(*self, clusterCompleted);
}

void Machine::checkClusterBarrier() {
  if (clusterArrived == 0 || clusterArrived != liveThreads)
    return;
  ++clusterPhase;
  clusterArrived = 0;
  clusterCompleted = clusterArrivals.merge();
  clusterArrivals.clear();
  for (Thread &thread : threads)
    if (thread.state == Thread::State::ClusterBarrier) {
      acquire(thread, clusterCompleted);
      wake(thread);
    }
}
