// RUN: norm-opt %s --norm-collapse-rows --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @two_row_dims
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4xf32>)
func.func @two_row_dims(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  // CHECK: %[[C:.*]] = tensor.collapse_shape %[[X]] {{\[}}[0], [1, 2]] : tensor<2x3x4xf32> into tensor<2x12xf32>
  // CHECK: %[[N:.*]] = norm.rmsnorm %[[C]] axis(1) epsilon(0.0{{.*}}) {strategy = #norm.strategy<vector_bits = 256>} : (tensor<2x12xf32>) -> tensor<2x12xf32>
  // CHECK: %[[Y:.*]] = tensor.expand_shape %[[N]] {{\[}}[0], [1, 2]] output_shape [2, 3, 4]
  // CHECK: return %[[Y]]
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) {strategy = #norm.strategy<vector_bits = 256>}
    : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

// -----

// A gamma of the row's shape is collapsed, a one-dimensional beta is not; the
// attributes stay.
// CHECK-LABEL: func.func @operands_and_attributes
// CHECK-SAME: (%[[X:.*]]: tensor<?x3x?xbf16>, %[[G:.*]]: tensor<3x?xf32>, %[[B:.*]]: tensor<?xbf16>)
func.func @operands_and_attributes(%x: tensor<?x3x?xbf16>, %g: tensor<3x?xf32>, %b: tensor<?xbf16>)
    -> (tensor<?x3x?xbf16>, tensor<?xf32>) {
  // CHECK: %[[G1:.*]] = tensor.collapse_shape %[[G]] {{\[}}[0, 1]] : tensor<3x?xf32> into tensor<?xf32>
  // CHECK: %[[N:.*]]:2 = norm.rmsnorm %{{.*}} gamma(%[[G1]]) beta(%[[B]]) axis(1) epsilon(5.0{{.*}}e-01) target_rms(2.0{{.*}}) weight_offset(1.0{{.*}}) rounding(before_gamma)
  // CHECK: %[[Y:.*]] = tensor.expand_shape %[[N]]#0
  // CHECK: return %[[Y]], %[[N]]#1
  %y, %r = norm.rmsnorm %x gamma(%g) beta(%b) axis(1) epsilon(0.5) target_rms(2.0) weight_offset(1.0) rounding(before_gamma)
    : (tensor<?x3x?xbf16>, tensor<3x?xf32>, tensor<?xbf16>) -> (tensor<?x3x?xbf16>, tensor<?xf32>)
  return %y, %r : tensor<?x3x?xbf16>, tensor<?xf32>
}

// -----

// One row gets a dim of rows.
// CHECK-LABEL: func.func @one_dim
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>)
func.func @one_dim(%x: tensor<?xf32>) -> (tensor<?xf32>, tensor<f32>) {
  // CHECK: %[[E:.*]] = tensor.expand_shape %[[X]] {{\[}}[0, 1]] output_shape [1, %{{.*}}] : tensor<?xf32> into tensor<1x?xf32>
  // CHECK: %[[N:.*]]:2 = norm.rmsnorm %[[E]] axis(1) {{.*}} : (tensor<1x?xf32>) -> (tensor<1x?xf32>, tensor<1xf32>)
  // CHECK-DAG: %[[Y:.*]] = tensor.collapse_shape %[[N]]#0 {{\[}}[0, 1]]
  // CHECK-DAG: %[[R:.*]] = tensor.collapse_shape %[[N]]#1 [] : tensor<1xf32> into tensor<f32>
  // CHECK: return %[[Y]], %[[R]]
  %y, %r = norm.rmsnorm %x axis(0) epsilon(0.0) : (tensor<?xf32>) -> (tensor<?xf32>, tensor<f32>)
  return %y, %r : tensor<?xf32>, tensor<f32>
}

// -----

// CHECK-LABEL: func.func @axis_zero_of_two_dims
func.func @axis_zero_of_two_dims(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  // CHECK: norm.rmsnorm %{{.*}} axis(1) {{.*}} : (tensor<1x12xf32>) -> tensor<1x12xf32>
  %y = norm.rmsnorm %x axis(0) epsilon(0.0) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return %y : tensor<3x4xf32>
}

// -----

// CHECK-LABEL: func.func @one_row_dim_stays
func.func @one_row_dim_stays(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  // CHECK-NOT: collapse_shape
  // CHECK: norm.rmsnorm %{{.*}} axis(2)
  // CHECK-NEXT: return
  %y = norm.rmsnorm %x axis(2) epsilon(0.0) : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

// -----

// An elementwise op in front works on the collapsed rows too.
// CHECK-LABEL: func.func @elementwise_neighbour
// CHECK-SAME: (%[[A:.*]]: tensor<2x3x4xf32>, %[[B:.*]]: tensor<2x3x4xf32>)
func.func @elementwise_neighbour(%a: tensor<2x3x4xf32>, %b: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  // CHECK-DAG: %[[A2:.*]] = tensor.collapse_shape %[[A]] {{\[}}[0], [1, 2]]
  // CHECK-DAG: %[[B2:.*]] = tensor.collapse_shape %[[B]] {{\[}}[0], [1, 2]]
  // CHECK: %[[S:.*]] = linalg.generic {{.*}} ins(%[[A2]], %[[B2]] : tensor<2x12xf32>, tensor<2x12xf32>)
  // CHECK: norm.rmsnorm %[[S]]
  %e = tensor.empty() : tensor<2x3x4xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%a, %b : tensor<2x3x4xf32>, tensor<2x3x4xf32>) outs(%e : tensor<2x3x4xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %z = arith.addf %x, %y : f32
    linalg.yield %z : f32
  } -> tensor<2x3x4xf32>
  %y = norm.rmsnorm %s axis(1) epsilon(0.0) : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#vector = affine_map<(i, j) -> (j)>

// Groups of a row: the ops in front of the norm op and behind it see the groups
// too, and the reshapes end at the boundary of the function.
// CHECK-LABEL: func.func @groups
// CHECK-SAME: (%[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: tensor<64xf32>)
func.func @groups(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  // CHECK: %[[X1:.*]] = tensor.expand_shape %[[X]] {{\[}}[0], [1, 2]] {{.*}} into tensor<?x4x16xf32>
  // CHECK: %[[N:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<?x4x16xf32>)
  // CHECK: %[[Y:.*]] = norm.rmsnorm %[[N]]
  // CHECK: %[[W1:.*]] = tensor.expand_shape %[[W]] {{\[}}[0, 1]] output_shape [4, 16]
  // CHECK: %[[Z:.*]] = linalg.generic {{.*}} ins(%[[Y]], %[[W1]] : tensor<?x4x16xf32>, tensor<4x16xf32>)
  // CHECK: %[[C:.*]] = tensor.collapse_shape %[[Z]] {{\[}}[0], [1, 2]]
  // CHECK: return %[[C]]
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %d = tensor.empty(%m) : tensor<?x64xf32>
  %n = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x64xf32>) outs(%d : tensor<?x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.negf %a : f32
    linalg.yield %p : f32
  } -> tensor<?x64xf32>
  %e = tensor.expand_shape %n [[0], [1, 2]] output_shape [%m, 4, 16]
    : tensor<?x64xf32> into tensor<?x4x16xf32>
  %y = norm.rmsnorm %e axis(2) epsilon(0.0) : (tensor<?x4x16xf32>) -> tensor<?x4x16xf32>
  %c = tensor.collapse_shape %y [[0], [1, 2]] : tensor<?x4x16xf32> into tensor<?x64xf32>
  %z = linalg.generic {indexing_maps = [#id, #vector, #id], iterator_types = ["parallel", "parallel"]}
      ins(%c, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%d : tensor<?x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<?x64xf32>
  return %z : tensor<?x64xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// Between norm ops of different rows a reshape stops behind the ops of the
// first one.
// CHECK-LABEL: func.func @between_norm_ops
func.func @between_norm_ops(%x: tensor<2x4x16xf32>) -> tensor<2x64xf32> {
  // CHECK: norm.rmsnorm {{.*}} -> tensor<2x4x16xf32>
  // CHECK: linalg.generic
  // CHECK: } -> tensor<2x4x16xf32>
  // CHECK: tensor.collapse_shape
  // CHECK-NEXT: norm.rmsnorm {{.*}} -> tensor<2x64xf32>
  %y = norm.rmsnorm %x axis(2) epsilon(0.0) : (tensor<2x4x16xf32>) -> tensor<2x4x16xf32>
  %c = tensor.collapse_shape %y [[0], [1, 2]] : tensor<2x4x16xf32> into tensor<2x64xf32>
  %e = tensor.empty() : tensor<2x64xf32>
  %n = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%c : tensor<2x64xf32>) outs(%e : tensor<2x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.negf %a : f32
    linalg.yield %p : f32
  } -> tensor<2x64xf32>
  %z = norm.rmsnorm %n axis(1) epsilon(0.0) : (tensor<2x64xf32>) -> tensor<2x64xf32>
  return %z : tensor<2x64xf32>
}

// -----

// The elementwise op between two norm ops of which only one loses dims gets the
// shape with fewer.
// CHECK-LABEL: func.func @between_norm_ops_of_other_ranks
func.func @between_norm_ops_of_other_ranks(%x: tensor<3x18x7xf32>, %c: tensor<7xf32>) -> tensor<3x18x7xf32> {
  // CHECK: %[[DX:.*]] = norm.channel_backprop {{.*}} -> tensor<54x7xf32>
  // CHECK: %[[Y:.*]] = linalg.generic {{.*}} ins(%[[DX]], %[[DX]] : tensor<54x7xf32>, tensor<54x7xf32>)
  // CHECK: %[[E:.*]] = tensor.expand_shape %[[Y]]
  // CHECK: norm.reciprocal %[[E]]
  %dx = norm.channel_backprop %x, %c, %c, %c, %c, %x layout(NHWC)
    : (tensor<3x18x7xf32>, tensor<7xf32>, tensor<7xf32>, tensor<7xf32>, tensor<7xf32>, tensor<3x18x7xf32>) -> tensor<3x18x7xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%dx, %dx : tensor<3x18x7xf32>, tensor<3x18x7xf32>) outs(%dx : tensor<3x18x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<3x18x7xf32>
  %z = norm.reciprocal %y : (tensor<3x18x7xf32>) -> tensor<3x18x7xf32>
  return %z : tensor<3x18x7xf32>
}

// -----

// So does one of two norm ops, and in front of another.
// CHECK-LABEL: func.func @of_two_norm_ops
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x2x2xf32>
func.func @of_two_norm_ops(%x: tensor<?x2x2xf32>, %c: tensor<2xf32>) -> tensor<?x2x2xf32> {
  // CHECK-DAG: %[[Y:.*]] = norm.rmsnorm %[[X]] {{.*}} -> tensor<?x2x2xf32>
  // CHECK-DAG: %[[Y2:.*]] = tensor.collapse_shape %[[Y]] {{\[}}[0, 1], [2]]
  // CHECK-DAG: %[[DX:.*]] = norm.channel_backprop {{.*}} -> tensor<?x2xf32>
  // CHECK: linalg.generic {{.*}} ins(%[[Y2]], %[[DX]] : tensor<?x2xf32>, tensor<?x2xf32>)
  // CHECK: norm.rmsnorm %{{.*}} : (tensor<?x2x2xf32>)
  %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-5) : (tensor<?x2x2xf32>) -> tensor<?x2x2xf32>
  %dx = norm.channel_backprop %x, %c, %c, %c, %c, %x layout(NHWC)
    : (tensor<?x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<?x2x2xf32>) -> tensor<?x2x2xf32>
  %p = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y, %dx : tensor<?x2x2xf32>, tensor<?x2x2xf32>) outs(%y : tensor<?x2x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %q = arith.mulf %a, %b : f32
    linalg.yield %q : f32
  } -> tensor<?x2x2xf32>
  %z = norm.rmsnorm %p axis(-1) epsilon(1.0e-5) : (tensor<?x2x2xf32>) -> tensor<?x2x2xf32>
  return %z : tensor<?x2x2xf32>
}
