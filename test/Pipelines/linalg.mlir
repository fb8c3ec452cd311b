// Stage linalg: one loop over the rows, whose ops work on one row; no norm op.
// RUN: norm-compile %S/Inputs/functions.mlir -o - --emit=mlir --triple=x86_64-linux-gnu --cpu=x86-64-v3 --stop-after=linalg | FileCheck %s --implicit-check-not="= norm."

// CHECK-LABEL: func.func @static_f32(
// CHECK: scf.forall (%{{.*}}) in (8)
// CHECK: norm.loop_schedule <vector_bits = 256>
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]} ins(%[[ROW:.*]] : tensor<4096xf32>)
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[ROW]], %{{.*}} : tensor<4096xf32>, tensor<f32>, tensor<4096xf32>)
// CHECK: scf.forall.in_parallel

// CHECK-LABEL: func.func @dynamic_f32(
// CHECK: scf.forall
// CHECK: norm.loop_schedule <vector_bits = 256, stream_bytes =
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]} ins(%{{.*}} : tensor<?xf32>)
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]}
// CHECK-NOT: = linalg.

// CHECK-LABEL: func.func @dynamic_bf16(
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]} ins(%[[ROW:.*]] : tensor<4096xbf16>)
// CHECK: arith.extf
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[ROW]], %{{.*}} : tensor<4096xbf16>, tensor<f32>, tensor<4096xf32>)
// CHECK: arith.extf
// CHECK: arith.truncf

// One loop; the negation is part of the op that scales.
// CHECK-LABEL: func.func @residual(
// CHECK: scf.forall (
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]}
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]}
// CHECK: arith.addf
// CHECK-NEXT: linalg.yield
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]}
// CHECK: arith.addf
// CHECK: arith.mulf
// CHECK-NEXT: arith.negf
// CHECK-NOT: = linalg.
// CHECK-NOT: scf.forall (

// The cast too, although sizes of what it casts were asked for: the loop
// returns one tensor.
// CHECK-LABEL: func.func @cast_of_the_result(
// CHECK: scf.forall {{.*}} -> (tensor<?x?xf32>)
// CHECK: iterator_types = ["reduction"]}
// CHECK: iterator_types = ["parallel"]}
// CHECK: arith.truncf
// CHECK-NEXT: arith.extf
// CHECK-NOT: = linalg.
