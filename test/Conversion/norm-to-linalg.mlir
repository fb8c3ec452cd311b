// RUN: norm-opt %s --convert-norm-to-linalg --split-input-file | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROWS:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func.func @sum_then_rrms_then_scale
// CHECK-SAME: (%[[X:.*]]: tensor<2x4xf32>)
func.func @sum_then_rrms_then_scale(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // CHECK-NOT: norm.
  // CHECK: %[[ZERO:.*]] = arith.constant 0.0{{.*}} : f32
  // CHECK: %[[FILL:.*]] = linalg.fill ins(%[[ZERO]] : f32) outs(%{{.*}} : tensor<2xf32>)
  // CHECK: %[[SUM:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROWS]]], iterator_types = ["parallel", "reduction"]} ins(%[[X]] : {{.*}} outs(%[[FILL]] : tensor<2xf32>)
  // CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %[[ACC:.*]]: f32):
  // CHECK-NEXT: %[[SQ:.*]] = arith.mulf %[[IN]], %[[IN]] : f32
  // CHECK-NEXT: %[[ADD:.*]] = arith.addf %[[ACC]], %[[SQ]] : f32
  // CHECK-NEXT: linalg.yield %[[ADD]]
  // CHECK: %[[LENGTH:.*]] = arith.sitofp %{{.*}} : i64 to f32
  // CHECK: %[[EPS:.*]] = arith.constant 5.0{{.*}}e-01 : f32
  // CHECK: %[[ONE:.*]] = arith.constant 1.0{{.*}} : f32
  // CHECK: %[[RRMS:.*]] = linalg.generic {indexing_maps = [#[[ROW]], #[[ROW]]], iterator_types = ["parallel"]} ins(%[[SUM]] :
  // CHECK-NEXT: ^bb0(%[[S:.*]]: f32, %{{.*}}: f32):
  // CHECK-NEXT: %[[MEAN:.*]] = arith.divf %[[S]], %[[LENGTH]] : f32
  // CHECK-NEXT: %[[SHIFTED:.*]] = arith.addf %[[MEAN]], %[[EPS]] : f32
  // CHECK-NEXT: %[[ROOT:.*]] = math.sqrt %[[SHIFTED]] : f32
  // CHECK-NEXT: %[[R:.*]] = arith.divf %[[ONE]], %[[ROOT]] : f32
  // CHECK-NEXT: linalg.yield %[[R]]
  // CHECK: %[[Y:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROWS]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[X]], %[[RRMS]] :
  // CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %[[R:.*]]: f32, %{{.*}}: f32):
  // CHECK-NEXT: %[[T:.*]] = arith.mulf %[[IN]], %[[R]] : f32
  // CHECK-NEXT: linalg.yield %[[T]]
  // CHECK: return %[[Y]]
  %y = norm.rmsnorm %x axis(1) epsilon(0.5) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

// CHECK-LABEL: func.func @rrms_is_a_result
func.func @rrms_is_a_result(%x: tensor<2x4xf64>) -> (tensor<2x4xf64>, tensor<2xf64>) {
  // CHECK: math.sqrt
  // CHECK: } -> tensor<2xf64>
  // CHECK: %[[Y:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[R:.*]] : tensor<2x4xf64>, tensor<2xf64>)
  // CHECK: return %[[Y]], %[[R]] : tensor<2x4xf64>, tensor<2xf64>
  %y, %r = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<2x4xf64>) -> (tensor<2x4xf64>, tensor<2xf64>)
  return %y, %r : tensor<2x4xf64>, tensor<2xf64>
}

// -----

// Sizes and the row length come from x.
// CHECK-LABEL: func.func @dynamic_sizes
// CHECK-SAME: (%[[X:.*]]: tensor<?x?xf32>)
func.func @dynamic_sizes(%x: tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
  // CHECK: %[[M:.*]] = tensor.dim %[[X]], %c0
  // CHECK: %[[N:.*]] = tensor.dim %[[X]], %c1
  // CHECK: tensor.empty(%[[M]]) : tensor<?xf32>
  // CHECK: %[[I:.*]] = arith.index_cast %[[N]] : index to i64
  // CHECK: arith.sitofp %[[I]] : i64 to f32
  // CHECK: tensor.empty(%[[M]]) : tensor<?xf32>
  // CHECK: tensor.empty(%[[M]], %[[N]]) : tensor<?x?xf32>
  %y, %r = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  return %y, %r : tensor<?x?xf32>, tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @result_types_that_know_other_sizes
func.func @result_types_that_know_other_sizes(%x: tensor<?x4xf32>) -> (tensor<2x?xf32>, tensor<2xf32>) {
  // CHECK: %[[Y:.*]] = tensor.cast %{{.*}} : tensor<?x4xf32> to tensor<2x?xf32>
  // CHECK: %[[R:.*]] = tensor.cast %{{.*}} : tensor<?xf32> to tensor<2xf32>
  // CHECK: return %[[Y]], %[[R]]
  %y, %r = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x4xf32>) -> (tensor<2x?xf32>, tensor<2xf32>)
  return %y, %r : tensor<2x?xf32>, tensor<2xf32>
}

// -----

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROWS:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[COLS:.*]] = affine_map<(d0, d1) -> (d1)>

// x is widened for each op, once for the sum and once for the product; the
// result is rounded once.
// CHECK-LABEL: func.func @all_operands_and_attributes
// CHECK-SAME: (%[[X:.*]]: tensor<2x4xbf16>, %[[G:.*]]: tensor<4xf32>, %[[B:.*]]: tensor<4xbf16>)
func.func @all_operands_and_attributes(%x: tensor<2x4xbf16>, %g: tensor<4xf32>, %b: tensor<4xbf16>) -> tensor<2x4xbf16> {
  // CHECK: iterator_types = ["parallel", "reduction"]
  // CHECK-NEXT: ^bb0(%[[IN:.*]]: bf16, %[[ACC:.*]]: f32):
  // CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[IN]] : bf16 to f32
  // CHECK-NEXT: arith.mulf %[[WIDE]], %[[WIDE]] : f32
  // CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ROWS]], #[[COLS]], #[[COLS]], #[[ID]]], {{.*}} ins(%[[X]], %{{.*}}, %[[G]], %[[B]] :
  // CHECK-NEXT: ^bb0(%[[IN:.*]]: bf16, %[[R:.*]]: f32, %[[GJ:.*]]: f32, %[[BJ:.*]]: bf16, %{{.*}}: bf16):
  // CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[IN]] : bf16 to f32
  // CHECK-NEXT: %[[V0:.*]] = arith.mulf %[[WIDE]], %[[R]] : f32
  // CHECK-NEXT: %[[TARGET:.*]] = arith.constant 2.0{{.*}} : f32
  // CHECK-NEXT: %[[T:.*]] = arith.mulf %[[V0]], %[[TARGET]] : f32
  // CHECK-NEXT: %[[OFFSET:.*]] = arith.constant 1.0{{.*}} : f32
  // CHECK-NEXT: %[[W:.*]] = arith.addf %[[GJ]], %[[OFFSET]] : f32
  // CHECK-NEXT: %[[V1:.*]] = arith.mulf %[[T]], %[[W]] : f32
  // CHECK-NEXT: %[[WIDE_B:.*]] = arith.extf %[[BJ]] : bf16 to f32
  // CHECK-NEXT: %[[V2:.*]] = arith.addf %[[V1]], %[[WIDE_B]] : f32
  // CHECK-NEXT: %[[Y:.*]] = arith.truncf %[[V2]] : f32 to bf16
  // CHECK-NEXT: linalg.yield %[[Y]]
  %y = norm.rmsnorm %x gamma(%g) beta(%b) axis(1) epsilon(0.0) target_rms(2.0) weight_offset(1.0)
    : (tensor<2x4xbf16>, tensor<4xf32>, tensor<4xbf16>) -> tensor<2x4xbf16>
  return %y : tensor<2x4xbf16>
}

// -----

// Every step is rounded: t, the weight, the product, beta, the sum.
// CHECK-LABEL: func.func @before_gamma
func.func @before_gamma(%x: tensor<2x4xf16>, %g: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<2x4xf16> {
  // CHECK: ^bb0(%[[IN:.*]]: f16, %[[R:.*]]: f32, %[[GJ:.*]]: f32, %[[BJ:.*]]: f32, %{{.*}}: f16):
  // CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[IN]] : f16 to f32
  // CHECK-NEXT: %[[T0:.*]] = arith.mulf %[[WIDE]], %[[R]] : f32
  // CHECK-NEXT: %[[T1:.*]] = arith.truncf %[[T0]] : f32 to f16
  // CHECK-NEXT: %[[T:.*]] = arith.extf %[[T1]] : f16 to f32
  // CHECK-NEXT: %[[W1:.*]] = arith.truncf %[[GJ]] : f32 to f16
  // CHECK-NEXT: %[[W:.*]] = arith.extf %[[W1]] : f16 to f32
  // CHECK-NEXT: %[[P0:.*]] = arith.mulf %[[T]], %[[W]] : f32
  // CHECK-NEXT: %[[P1:.*]] = arith.truncf %[[P0]] : f32 to f16
  // CHECK-NEXT: %[[P:.*]] = arith.extf %[[P1]] : f16 to f32
  // CHECK-NEXT: %[[B1:.*]] = arith.truncf %[[BJ]] : f32 to f16
  // CHECK-NEXT: %[[B:.*]] = arith.extf %[[B1]] : f16 to f32
  // CHECK-NEXT: %[[S:.*]] = arith.addf %[[P]], %[[B]] : f32
  // CHECK-NEXT: %[[Y:.*]] = arith.truncf %[[S]] : f32 to f16
  // CHECK-NEXT: linalg.yield %[[Y]]
  %y = norm.rmsnorm %x gamma(%g) beta(%b) axis(1) epsilon(0.0) rounding(before_gamma)
    : (tensor<2x4xf16>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf16>
  return %y : tensor<2x4xf16>
}

// -----

// Without gamma the weight is 1 + weight_offset.
// CHECK-LABEL: func.func @offset_without_gamma
func.func @offset_without_gamma(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // CHECK: ^bb0(%[[IN:.*]]: f32, %[[R:.*]]: f32, %{{.*}}: f32):
  // CHECK-NEXT: %[[T:.*]] = arith.mulf %[[IN]], %[[R]] : f32
  // CHECK-NEXT: %[[ONE:.*]] = arith.constant 1.0{{.*}} : f32
  // CHECK-NEXT: %[[OFFSET:.*]] = arith.constant 5.0{{.*}}e-01 : f32
  // CHECK-NEXT: %[[W:.*]] = arith.addf %[[ONE]], %[[OFFSET]] : f32
  // CHECK-NEXT: arith.mulf %[[T]], %[[W]] : f32
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) weight_offset(0.5) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

// CHECK: #[[ROW:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>

// A row of several dims; a one-dimensional gamma takes their shape.
// CHECK-LABEL: func.func @row_of_two_dims
// CHECK-SAME: (%[[X:.*]]: tensor<?x3x?xf32>, %[[G:.*]]: tensor<?xf32>, %[[B:.*]]: tensor<3x?xf32>)
func.func @row_of_two_dims(%x: tensor<?x3x?xf32>, %g: tensor<?xf32>, %b: tensor<3x?xf32>) -> tensor<?x3x?xf32> {
  // CHECK: %[[N:.*]] = tensor.dim %[[X]], %c2
  // CHECK: iterator_types = ["parallel", "reduction", "reduction"]
  // CHECK: %[[ROW_LENGTH:.*]] = arith.muli %c3, %[[N]] : index
  // CHECK: arith.index_cast %[[ROW_LENGTH]] : index to i64
  // CHECK: %[[G2:.*]] = tensor.expand_shape %[[G]] {{\[}}[0, 1]] output_shape [3, %[[N]]] : tensor<?xf32> into tensor<3x?xf32>
  // CHECK: linalg.generic {indexing_maps = [#{{.*}}, #{{.*}}, #[[ROW]], #[[ROW]], #{{.*}}], {{.*}} ins(%[[X]], %{{.*}}, %[[G2]], %[[B]] :
  %y = norm.rmsnorm %x gamma(%g) beta(%b) axis(-2) epsilon(0.0)
    : (tensor<?x3x?xf32>, tensor<?xf32>, tensor<3x?xf32>) -> tensor<?x3x?xf32>
  return %y : tensor<?x3x?xf32>
}

// -----

// One row: its sum is a tensor without dims.
// CHECK-LABEL: func.func @axis_zero
func.func @axis_zero(%x: tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<f32>) {
  // CHECK: linalg.fill {{.*}} outs(%{{.*}} : tensor<f32>)
  // CHECK: iterator_types = ["reduction", "reduction"]
  // CHECK: iterator_types = []
  // CHECK: iterator_types = ["parallel", "parallel"]
  %y, %r = norm.rmsnorm %x axis(0) epsilon(0.0) : (tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<f32>)
  return %y, %r : tensor<3x4xf32>, tensor<f32>
}

// -----

// CHECK-LABEL: func.func @memref_form_stays
func.func @memref_form_stays(%x: memref<2x4xf32>) {
  // CHECK: norm.rmsnorm %[[X:.*]] outs(%[[X]])
  norm.rmsnorm %x outs(%x) axis(1) epsilon(0.0) : (memref<2x4xf32>, memref<2x4xf32>) -> ()
  return
}

// -----

// The epsilon of an f32 accumulator is rounded to f32, once.
// CHECK-LABEL: func.func @attributes_in_the_accumulator
func.func @attributes_in_the_accumulator(%x: tensor<2x4xf32>, %z: tensor<2x4xf64>) -> (tensor<2x4xf32>, tensor<2x4xf64>) {
  // CHECK: arith.constant 9.99999997E-7 : f32
  // CHECK: arith.constant 9.9999999999999995E-7 : f64
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %w = norm.rmsnorm %z axis(1) epsilon(1.0e-6) : (tensor<2x4xf64>) -> tensor<2x4xf64>
  return %y, %w : tensor<2x4xf32>, tensor<2x4xf64>
}
