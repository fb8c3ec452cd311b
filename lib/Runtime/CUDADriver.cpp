//===- CUDADriver.cpp - The driver that the library uses ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runtime/CUDADriver.h"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <pthread.h>

using namespace norm::cuda;

namespace {

constexpr const char *libraryName = "libcuda.so.1";
/// CUDA 12.0, the first with cuCtxGetId.
constexpr int oldestVersion = 12000;

/// The driver in use, once it was found usable.
std::atomic<const Driver *> usable{nullptr};

// The rest is for who holds the mutex.
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
const Driver *installed;
bool wasTried;
void *library;
Driver libcuda;
char reason[512];

/// Fills `libcuda`; returns null and sets the reason if that fails.
const Driver *openLibrary() {
  if (!library)
    library = dlopen(libraryName, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *text = dlerror();
    std::snprintf(reason, sizeof(reason),
                  "expected the NVIDIA driver's %s, which could not be opened: "
                  "%s",
                  libraryName, text ? text : "unknown error");
    return nullptr;
  }
  const char *missing = nullptr;
  auto lookUp = [&](auto &function, const char *symbol) {
    void *address = dlsym(library, symbol);
    if (!address && !missing)
      missing = symbol;
    std::memcpy(&function, &address, sizeof(address));
  };
#define NORM_CUDA_LOOK_UP(NAME, SYMBOL, PARAMETERS, ARGUMENTS)                 \
  lookUp(libcuda.NAME, SYMBOL);
  NORM_CUDA_FUNCTIONS(NORM_CUDA_LOOK_UP)
#undef NORM_CUDA_LOOK_UP
  if (!missing)
    return &libcuda;
  std::snprintf(reason, sizeof(reason),
                "expected an NVIDIA driver of CUDA %d.%d or later, found one "
                "whose %s has no function %s",
                oldestVersion / 1000, oldestVersion % 1000 / 10, libraryName,
                missing);
  return nullptr;
}

/// Whether `call`, which returned `result`, succeeded; else sets the reason.
bool succeeded(const Driver &driver, const char *call, CUresult result) {
  if (result == CUDA_SUCCESS)
    return true;
  const char *name = nullptr, *text = nullptr;
  if (driver.cuGetErrorName(result, &name) || !name)
    name = "an unknown error";
  if (driver.cuGetErrorString(result, &text) || !text)
    text = "no description";
  std::snprintf(reason, sizeof(reason), "%s failed with %s (%d): %s", call,
                name, int(result), text);
  return false;
}

/// Whether `driver` can be used after all; else sets the reason.
bool initialize(const Driver &driver) {
  int version = 0, count = 0;
  // The version first: it tells more than what an old driver fails with.
  if (!succeeded(driver, "cuDriverGetVersion",
                 driver.cuDriverGetVersion(&version)))
    return false;
  if (version < oldestVersion) {
    std::snprintf(reason, sizeof(reason),
                  "expected an NVIDIA driver of CUDA %d.%d or later, found one "
                  "of CUDA %d.%d",
                  oldestVersion / 1000, oldestVersion % 1000 / 10,
                  version / 1000, version % 1000 / 10);
    return false;
  }
  if (!succeeded(driver, "cuInit", driver.cuInit(0)) ||
      !succeeded(driver, "cuDeviceGetCount", driver.cuDeviceGetCount(&count)))
    return false;
  if (count > 0)
    return true;
  std::snprintf(reason, sizeof(reason), "expected an NVIDIA GPU, found none");
  return false;
}

} // namespace

const Driver *norm::cuda::getDriver(const char **whyNot) {
  if (const Driver *driver = usable.load(std::memory_order_acquire))
    return driver;
  pthread_mutex_lock(&mutex);
  if (!wasTried) {
    wasTried = true;
    const Driver *driver = installed ? installed : openLibrary();
    if (driver && initialize(*driver))
      usable.store(driver, std::memory_order_release);
  }
  const Driver *driver = usable.load(std::memory_order_relaxed);
  if (!driver && whyNot)
    *whyNot = reason;
  pthread_mutex_unlock(&mutex);
  return driver;
}

void norm::cuda::setDriver(const Driver *driver) {
  pthread_mutex_lock(&mutex);
  installed = driver;
  wasTried = false;
  usable.store(nullptr, std::memory_order_release);
  pthread_mutex_unlock(&mutex);
}
