// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/make_npy.py %t/x.npy "<f4" 2x2 3 4

// RUN: not norm-run %s --input=%t/none.npy 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: norm-run: error: {{.*}}/none.npy: cannot read: No such file or directory

// RUN: head -c 130 %t/x.npy > %t/short.npy
// RUN: not norm-run %s --input=%t/short.npy 2>&1 | FileCheck %s --check-prefix=SHORT
// SHORT: norm-run: error: {{.*}}/short.npy: truncated: expected 16 bytes of data (2x2 elements of 4 bytes), found 2

// RUN: %python %S/Inputs/make_npy.py %t/big.npy ">f4" 2x2 3 4
// RUN: not norm-run %s --input=%t/big.npy 2>&1 | FileCheck %s --check-prefix=ORDER
// ORDER: norm-run: error: {{.*}}/big.npy: expected byte order '<', found elements of type '>f4'

// RUN: %python %S/Inputs/make_npy.py %t/double.npy "<f8" 2x2 3 4
// RUN: not norm-run %s --input=%t/double.npy 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: norm-run: error: {{.*}}/double.npy: expected elements of type f4 (f32), found '<f8'

// RUN: %python %S/Inputs/make_npy.py %t/wide.npy "<f4" 2x3 3 4
// RUN: not norm-run %s --input=%t/wide.npy 2>&1 | FileCheck %s --check-prefix=SHAPE
// SHAPE: norm-run: error: {{.*}}/wide.npy: expected a shape that fits ?x2xf32, found 2x3 for argument 0 (x) of @rmsnorm

// Nothing is written, under the target's name or any other, unless all is well.
// RUN: not norm-run %s --input=%t/x.npy --output=%t/none/y.npy 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: norm-run: error: {{.*}}/none/y.npy: cannot write: there is no folder {{.*}}/none

// RUN: not norm-run %s --input=%t/x.npy --output=/dev/full 2>&1 | FileCheck %s --check-prefix=FULL
// FULL: norm-run: error: /dev/full: No space left on device

// RUN: not norm-run %s --input=%t/wide.npy --output=%t/y.npy
// RUN: ls %t | count 5

func.func @rmsnorm(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %y = norm.rmsnorm %x axis(-1) epsilon(0.0)
    : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
