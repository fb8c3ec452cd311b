// Results of values known in closed form: sqrt(mean([9, 16])) is sqrt(12.5).
// RUN: %python %S/Inputs/make_npy.py %t-x.npy "<f4" 2x2 3 4 -6 8
// RUN: norm-run %s --input=%t-x.npy --output=%t-y.npy --output=%t-r.npy --verify \
// RUN:   | FileCheck %s --check-prefix=VERIFY
// RUN: %python %S/Inputs/print_npy.py %t-y.npy | FileCheck %s --check-prefix=Y
// RUN: %python %S/Inputs/print_npy.py %t-r.npy | FileCheck %s --check-prefix=R
// RUN: norm-run %s --input=%t-x.npy | FileCheck %s --check-prefix=SUMMARY

// On the standard output a result is alone.
// RUN: norm-run %s --input=%t-x.npy --output=- --output=%t-r.npy --verify --bench --bench-seconds=0 2> %t-reports.txt > %t-stdout.npy
// RUN: cmp %t-stdout.npy %t-y.npy
// RUN: FileCheck %s --check-prefixes=VERIFY,BENCH --input-file=%t-reports.txt

// VERIFY: verify result 0: passed, max error {{0\.[0-9]+}} ULP
// VERIFY: verify result 1: passed, max error {{0\.[0-9]+}} ULP
// VERIFY-NOT: result
// BENCH: bench: {
// Y: (2, 2) <f4 0.848528 1.13137 -0.848528 1.13137
// R: (2,) <f4 0.282843 0.141421
// SUMMARY: result 0: 2x2 of f32, min -0.848528, max 1.13137, first [0.848528, 1.13137, -0.848528, 1.13137]
// SUMMARY: result 1: 2 of f32, min 0.141421, max 0.282843, first [0.282843, 0.141421]

func.func @rmsnorm(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?xf32>) {
  %y, %r = norm.rmsnorm %x axis(-1) epsilon(0.0)
    : (tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?xf32>)
  return %y, %r : tensor<?x2xf32>, tensor<?xf32>
}
