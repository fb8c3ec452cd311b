// The table for people, and the line of JSON for programs.
// RUN: norm-run %s --random=1 --shape=x:8x64 --verify --bench \
// RUN:   --bench-seconds=0.01 > %t.txt
// RUN: FileCheck %s < %t.txt
// RUN: %python %S/Inputs/check_bench.py %t.txt

// CHECK: shape type largest error time GB/s share compile time limit
// CHECK-NEXT: 8x64 f32 {{[0-9.]+}} ULP

func.func @rmsnorm(%x: tensor<?x64xf32>, %g: tensor<64xf32>)
    -> tensor<?x64xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(-1) epsilon(1.0e-6)
    : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
