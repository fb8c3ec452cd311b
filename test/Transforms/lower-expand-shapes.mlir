// RUN: norm-opt %s --norm-lower-expand-shapes --canonicalize | FileCheck %s
// RUN: norm-opt %s --norm-lower-expand-shapes --expand-strided-metadata -o /dev/null

// Two dynamic dims in a group; the strides grow from the group's last dim.
// CHECK-LABEL: func.func @two_dynamic_dims
// CHECK-SAME: %[[X:.*]]: memref<?x8xf32>, %[[M:.*]]: index, %[[N:.*]]: index
// CHECK: %[[S:.*]] = affine.apply #{{.*}}()[%[[N]]]
// CHECK: memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%[[M]], %[[N]], 8], strides: [%[[S]], 8, 1]
// CHECK-NOT: memref.expand_shape
func.func @two_dynamic_dims(%x: memref<?x8xf32>, %m: index, %n: index) -> memref<?x?x8xf32> {
  %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%m, %n, 8]
    : memref<?x8xf32> into memref<?x?x8xf32>
  return %y : memref<?x?x8xf32>
}
