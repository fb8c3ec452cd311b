// Stage vector: vector ops on tensors. A row of x is read twice, for the sum
// and for the product, by whole vectors.
// RUN: norm-compile %S/Inputs/functions.mlir -o - --emit=mlir --triple=x86_64-linux-gnu --cpu=x86-64-v3 --stop-after=vector | FileCheck %s --implicit-check-not="= linalg."

// CHECK-LABEL: func.func @static_f32(
// CHECK: %[[ROW:.*]] = tensor.extract_slice %{{.*}} to tensor<4096xf32>
// CHECK: scf.for %[[J:.*]] = %c0 to %c4096 step %c64
// CHECK: vector.transfer_read %[[ROW]][%[[J]]]
// CHECK-NEXT: vector.fma
// CHECK: scf.for %[[J:.*]] = %c0 to %c4096 step %c32
// CHECK: %[[TILE:.*]] = tensor.extract_slice %[[ROW]][%[[J]]] [32] [1]
// CHECK: vector.transfer_read %[[TILE]]
// CHECK: vector.transfer_write
// CHECK-NOT: tensor.extract_slice %[[ROW]]
// CHECK-NOT: vector.transfer_read %[[ROW]]
// CHECK: return

// Each reading has a loop of whole vectors and a masked rest.
// CHECK-LABEL: func.func @dynamic_f32(
// CHECK: %[[ROW:.*]] = tensor.extract_slice %{{.*}} to tensor<?xf32>
// CHECK-COUNT-2: vector.transfer_read %[[ROW]]
// CHECK: arith.select
// CHECK-COUNT-2: tensor.extract_slice %[[ROW]]
// CHECK-NOT: %[[ROW]][
// CHECK: return

// CHECK-LABEL: func.func @dynamic_bf16(
// CHECK: vector.transfer_read {{.*}} vector<64xbf16>
// CHECK-NEXT: arith.extf %{{.*}} : vector<64xbf16> to vector<64xf32>
// CHECK-NEXT: vector.fma {{.*}} : vector<64xf32>
// CHECK: arith.truncf %{{.*}} : vector<64xf32> to vector<64xbf16>
// CHECK-NEXT: vector.transfer_write
