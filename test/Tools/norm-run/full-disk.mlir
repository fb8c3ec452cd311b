// A limit on the size of files stands for a full disk: of several outputs all
// are written or none, and nothing is left beside them.

// RUN: rm -rf %t && mkdir %t && echo old > %t/small.npy && echo old > %t/large.npy
// RUN: ulimit -f 512
// RUN: not norm-run %s --random=1 --output=%t/small.npy --output=%t/large.npy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=LARGE
// LARGE: norm-run: error: {{.*}}/large.npy: File too large
// RUN: ulimit -f unlimited

// RUN: not norm-run %s --random=1 --output=%t/small.npy --output=/dev/full 2>&1 \
// RUN:   | FileCheck %s --check-prefix=DEVICE
// DEVICE: norm-run: error: /dev/full: No space left on device

// A folder in which nobody, not even root, may make a file.
// RUN: not norm-run %s --random=1 --output=%t/small.npy --output=/proc/large.npy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FOLDER
// FOLDER: norm-run: error: /proc/large.npy: {{.+}}

// RUN: not norm-run %s --random=1 2>&1 > /dev/full | FileCheck %s --check-prefix=STDOUT
// STDOUT: norm-run: error: standard output: No space left on device

// RUN: cat %t/small.npy %t/large.npy | FileCheck %s --check-prefix=KEPT
// KEPT: old
// KEPT-NEXT: old
// RUN: ls %t | count 2

// RUN: norm-run %s --random=1 --output=%t/small.npy --output=%t/large.npy
// RUN: %python %S/Inputs/print_npy.py %t/small.npy | FileCheck %s --check-prefix=WHOLE
// WHOLE: (4,) <f4

func.func @f(%x: tensor<4xf32>, %y: tensor<4096xf32>) -> (tensor<4xf32>, tensor<4096xf32>) {
  return %x, %y : tensor<4xf32>, tensor<4096xf32>
}
