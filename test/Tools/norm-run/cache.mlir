// A compiled function is kept for the next process, whoever compiled it first.

// RUN: rm -rf %t && mkdir %t
// RUN: norm-run %s --entry=f --random=1 --output=%t/compiled.npy --bench --bench-seconds=0 \
// RUN:   --cache-dir=%t/cache | FileCheck %s --check-prefix=MISS
// RUN: norm-run %s --entry=f --random=1 --output=%t/loaded.npy --bench --bench-seconds=0 \
// RUN:   --cache-dir=%t/cache --verify | FileCheck %s --check-prefix=HIT
// RUN: cmp %t/compiled.npy %t/loaded.npy
// RUN: ls %t/cache | count 1

// MISS: "jit_from_cache":false
// HIT: verify result 0: passed
// HIT: "jit_from_cache":true

// Another function, another lowering.
// RUN: norm-run %s --entry=g --random=1 --bench --bench-seconds=0 --cache-dir=%t/cache \
// RUN:   | FileCheck %s --check-prefix=MISS
// RUN: norm-run %s --entry=f --random=1 --bench --bench-seconds=0 --cache-dir=%t/cache \
// RUN:   --lowering=affine | FileCheck %s --check-prefix=MISS
// RUN: ls %t/cache | count 3

// Another build of the compiler, which finds the runtime beside its folder.
// RUN: mkdir %t/bin && ln -s %build/lib %t/lib
// RUN: %python %S/Inputs/other_build.py %build/bin/norm-run %t/bin/norm-run
// RUN: %t/bin/norm-run %s --entry=f --random=1 --bench --bench-seconds=0 --cache-dir=%t/cache \
// RUN:   | FileCheck %s --check-prefix=MISS
// RUN: %t/bin/norm-run %s --entry=f --random=1 --bench --bench-seconds=0 --cache-dir=%t/cache \
// RUN:   | FileCheck %s --check-prefix=LOADED
// LOADED: "jit_from_cache":true
// RUN: ls %t/cache | count 4

// What the emulator runs is not kept.
// RUN: norm-run %s --entry=f --random=1 --target=cuda-emulated --cache-dir=%t/emulated
// RUN: not ls %t/emulated

// Several processes on a folder that none of them has made yet.
// RUN: %python %S/Inputs/run_at_once.py 6 %build/bin/norm-run %s --entry=f --random=1 \
// RUN:   --cache-dir=%t/shared
// RUN: ls %t/shared | count 1

// A folder that is none is a warning, and a limit holds.
// RUN: norm-run %s --entry=f --random=1 --cache-dir=%t/loaded.npy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=WARNING
// WARNING: {{.*}}loaded.npy: warning: the compiled kernels are not kept: Not a directory
// WARNING: result 0: 3x8 of f32
// RUN: norm-run %s --entry=f --random=1 --cache-dir=%t/small --cache-bytes=9 2>&1 \
// RUN:   | FileCheck %s --check-prefix=SMALL
// SMALL: small: warning: the compiled kernels are not kept: they have {{[0-9]+}} bytes, and the folder may have 9
// RUN: norm-run %s --entry=f --random=1 --cache-dir=%t/shared --cache-bytes=0 \
// RUN:   --bench --bench-seconds=0 | FileCheck %s --check-prefix=LOADED

// RUN: not norm-run %s --cache-dir= 2>&1 | FileCheck %s --check-prefix=EMPTY
// EMPTY: norm-run: error: --cache-dir: expected a value, found none

func.func @f(%x: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-6) : (tensor<3x8xf32>) -> tensor<3x8xf32>
  return %y : tensor<3x8xf32>
}

func.func @g(%x: tensor<3x8xf32>) -> tensor<3x8xf32> {
  return %x : tensor<3x8xf32>
}
