// RUN: norm-opt %s --pass-pipeline='builtin.module(gpu.module(norm-lower-gpu-math))' | FileCheck %s

gpu.module @kernels {
  // CHECK-LABEL: gpu.func @roots
  // CHECK: llvm.call_intrinsic "llvm.nvvm.sqrt.rn.f"(%{{.*}}) : (f32) -> f32
  // CHECK: llvm.call_intrinsic "llvm.nvvm.sqrt.rn.d"(%{{.*}}) : (f64) -> f64
  // CHECK-COUNT-2: llvm.call_intrinsic "llvm.nvvm.sqrt.rn.f"
  // CHECK: vector.from_elements
  gpu.func @roots(%a: f32, %b: f64, %c: vector<2xf32>) {
    %0 = math.sqrt %a : f32
    %1 = math.sqrt %b : f64
    %2 = math.sqrt %c : vector<2xf32>
    gpu.return
  }

  // CHECK-LABEL: gpu.func @finite
  // CHECK: %[[D:.*]] = arith.subf %[[A:.*]], %[[A]]
  // CHECK: arith.cmpf oeq, %[[D]]
  gpu.func @finite(%a: f32, %b: memref<i1>) {
    %0 = math.isfinite %a : f32
    memref.store %0, %b[] : memref<i1>
    gpu.return
  }

  // CHECK-LABEL: gpu.func @products
  // CHECK: llvm.call_intrinsic "llvm.fma"
  gpu.func @products(%a: vector<2xf64>) {
    %0 = math.fma %a, %a, %a : vector<2xf64>
    gpu.return
  }

  // CHECK-LABEL: gpu.func @larger
  // CHECK: llvm.call_intrinsic "llvm.maxnum"
  // CHECK: llvm.call_intrinsic "llvm.minnum"
  gpu.func @larger(%a: f32, %b: f32) {
    %0 = arith.maxnumf %a, %b : f32
    %1 = arith.minnumf %a, %0 : f32
    gpu.return
  }
}
