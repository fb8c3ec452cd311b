// RUN: norm-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: (%[[X:.*]]: memref<?x?x?xbf16>, %[[DY:.*]]: memref<?x?x?xbf16>, %[[G:.*]]: memref<?xf32>, %[[N:.*]]: index)
func.func @dynamic(%x: tensor<?x?x?xbf16>, %dy: tensor<?x?x?xbf16>, %g: tensor<?xf32>, %n: index) -> tensor<?x?x?xbf16> {
  // CHECK: %[[C:.*]] = memref.dim %[[X]], %c1
  // CHECK-DAG: %[[M:.*]] = memref.alloc(%[[C]]) {{.*}} : memref<?xf32>
  // CHECK-DAG: %[[S:.*]] = memref.alloc(%[[C]]) {{.*}} : memref<?xf32>
  // CHECK: norm.channel_stats %[[X]] outs(%[[M]], %[[S]]) epsilon(5.000000e-01) layout(NCHW)
  %m, %s = norm.channel_stats %x epsilon(0.5) layout(NCHW) : (tensor<?x?x?xbf16>) -> (tensor<?xf32>, tensor<?xf32>)
  // CHECK: norm.channel_backprop_stats %[[X]], %[[M]], %[[S]], %[[DY]] outs(%[[SG:.*]], %[[BG:.*]]) layout(NCHW)
  %sg, %bg = norm.channel_backprop_stats %x, %m, %s, %dy layout(NCHW)
    : (tensor<?x?x?xbf16>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x?xbf16>) -> (tensor<?xf32>, tensor<?xf32>)
  // CHECK: %[[DX:.*]] = memref.alloc
  // CHECK: norm.channel_backprop %[[X]], %[[M]], %[[S]], %[[SG]], %[[BG]], %[[DY]] gamma(%[[G]]) count(%[[N]]) outs(%[[DX]]) layout(NCHW)
  // CHECK: return %[[DX]]
  %dx = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy gamma(%g) count(%n) layout(NCHW)
    : (tensor<?x?x?xbf16>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x?xbf16>, tensor<?xf32>, index)
      -> tensor<?x?x?xbf16>
  return %dx : tensor<?x?x?xbf16>
}
