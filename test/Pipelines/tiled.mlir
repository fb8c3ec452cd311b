// Stage tiled: loops around elementwise ops of static size, over 32 columns with vectors of
// 256 bits, and 64 of bf16.
// RUN: norm-compile %S/Inputs/functions.mlir -o - --emit=mlir --triple=x86_64-linux-gnu --cpu=x86-64-v3 --stop-after=tiled | FileCheck %s

// CHECK-LABEL: func.func @static_f32(
// CHECK: scf.forall
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]} ins(%{{.*}} : tensor<4096xf32>)
// CHECK: scf.for %{{.*}} = %c0 to %c4096 step %c32
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]} ins({{.*}} : tensor<32xf32>, tensor<f32>, tensor<32xf32>)
// CHECK-NOT: = linalg.

// CHECK-LABEL: func.func @dynamic_f32(
// CHECK: scf.for {{.*}} step %c32
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<32xf32>, tensor<f32>, tensor<32xf32>)
// CHECK: scf.for {{.*}} step %c32
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<?xf32>, tensor<f32>, tensor<?xf32>)

// CHECK-LABEL: func.func @dynamic_bf16(
// CHECK: scf.for %{{.*}} = %c0 to %c4096 step %c64
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<64xbf16>, tensor<f32>, tensor<64xf32>)
// CHECK-NOT: = linalg.

// CHECK-LABEL: func.func @residual(
