// Stage buffer: kernels on memrefs that read their operands and write their
// results in place. Only operands of other strides are copied.
// RUN: norm-compile %S/Inputs/functions.mlir -o - --emit=mlir --triple=x86_64-linux-gnu --cpu=x86-64-v3 --stop-after=buffer | FileCheck %s --implicit-check-not=memref.alloc( --implicit-check-not=": tensor<{{.*}}f(32|16)>"

// A result below the cache is stored through it.
// CHECK-LABEL: func.func private @static_f32.unit_stride.rows0(
// CHECK-NOT: {{nontemporal|memref.copy}}
// CHECK: vector.transfer_read
// CHECK-NOT: {{nontemporal|memref.copy}}
// CHECK: vector.transfer_write
// CHECK: return
// CHECK-LABEL: func.func private @static_f32.unit_stride(
// CHECK-SAME: %[[X:[^:]*]]: memref<8x4096xf32, strided<[?, 1], offset: ?>>, %{{[^:]*}}: memref<4096xf32, strided<[1], offset: ?>>, %[[Y:[^:]*]]: memref<8x4096xf32, strided<[?, 1], offset: ?>>) -> i32
// CHECK-NOT: memref.copy
// CHECK: llvm.call @norm_parallel_for(
// CHECK: return

// CHECK-LABEL: func.func private @static_f32.strided(
// CHECK-NOT: memref.copy
// CHECK: llvm.call @norm_begin_copies(
// CHECK: %[[CODE:.*]] = call @static_f32.unit_stride(
// CHECK: llvm.call @norm_end_copies({{.*}}, %[[CODE]])
// CHECK: return

// CHECK-LABEL: func.func @_mlir_ciface_static_f32(
// CHECK: call @static_f32.unit_stride(
// CHECK: call @static_f32.strided(

// One of dynamic size in either way, with a fence.
// CHECK-LABEL: func.func private @dynamic_f32.unit_stride.rows0(
// CHECK: scf.if
// CHECK: vector.store {{.*}} {alignment = 64 : i64, nontemporal = true}
// CHECK: else
// CHECK: vector.transfer_write
// CHECK: llvm.fence
// CHECK: return
// CHECK-LABEL: func.func private @dynamic_bf16.unit_stride.rows0(
// CHECK: vector.store {{.*}} nontemporal = true{{.*}} vector<64xbf16>
// CHECK: return

// The sum is added twice, for its squares and where it is stored beside y, past
// the caches.
// CHECK-LABEL: func.func private @residual.unit_stride.rows0(
// CHECK: scf.for
// CHECK: scf.for
// CHECK: arith.addf {{.*}} : vector<64xf32>
// CHECK-NEXT: vector.fma
// CHECK: scf.if
// CHECK: scf.for
// CHECK: arith.addf {{.*}} : vector<32xf32>
// CHECK-NOT: arith.addf
// CHECK: vector.store {{.*}} nontemporal = true
// CHECK: vector.store {{.*}} nontemporal = true
// CHECK: else
// CHECK: return
