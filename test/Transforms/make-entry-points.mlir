// RUN: norm-opt %s --norm-make-shape-functions --norm-make-entry-points --canonicalize --cse --split-input-file | FileCheck %s

// Two kernels that write their results to memrefs.
// CHECK-LABEL: func.func private @rmsnorm.unit_stride
// CHECK-SAME: (%[[X:[^:]*]]: memref<?x4xf32, strided<[?, 1], offset: ?>>, %[[G:[^:]*]]: memref<?xf32, strided<[1], offset: ?>>, %[[Y:[^:]*]]: memref<?x4xf32, strided<[?, 1], offset: ?>>) -> i32 attributes {norm.function = "rmsnorm"} {
// CHECK: %[[XT:.*]] = bufferization.to_tensor %[[X]] restrict
// CHECK: %[[GT:.*]] = bufferization.to_tensor %[[G]] restrict
// CHECK: %[[YT:.*]] = norm.rmsnorm %[[XT]] gamma(%[[GT]])
// CHECK: %[[PLACED:.*]] = bufferization.materialize_in_destination %[[YT]] in %{{.*}} :
// CHECK-NEXT: bufferization.materialize_in_destination %[[PLACED]] in restrict writable %[[Y]]
// CHECK-NEXT: return %c0_i32

// The constant that describes the operands: x has any number of rows of 4, y may
// be the identical view of x (bit 0).
// CHECK-DAG: llvm.mlir.global internal constant @rmsnorm.info.0.name("argument 0\00")
// CHECK-DAG: llvm.mlir.global internal constant @rmsnorm.info.0.sizes(dense<[-1, 4]> : tensor<2xi64>)
// CHECK-DAG: llvm.mlir.global internal constant @rmsnorm.info.2.name("result 0\00")
// CHECK-DAG: llvm.mlir.global internal constant @rmsnorm.info.operands()
// CHECK-DAG: llvm.mlir.global internal constant @rmsnorm.info()
// CHECK-LABEL: func.func private @rmsnorm.strided(
// CHECK-SAME: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr) -> i32 {

// The entry takes pointers to descriptors, which the runtime checks before they
// are read.
// CHECK-LABEL: func.func @_mlir_ciface_rmsnorm(
// CHECK-SAME: %[[XP:[^:]*]]: !llvm.ptr, %[[GP:[^:]*]]: !llvm.ptr, %[[YP:[^:]*]]: !llvm.ptr) -> i32
// CHECK: %[[INFO:.*]] = llvm.mlir.addressof @rmsnorm.info :
// CHECK: %[[OPERANDS:.*]] = llvm.alloca
// CHECK: llvm.store %[[XP]], %{{.*}} : !llvm.ptr, !llvm.ptr
// CHECK: llvm.store %[[YP]], %{{.*}} : !llvm.ptr, !llvm.ptr
// CHECK: %[[STATUS:.*]] = llvm.call @norm_check_call(%[[INFO]], %[[OPERANDS]])
// CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[EXIT:[a-z0-9]*]](%[[STATUS]] : i32)
// CHECK: %[[XD:.*]] = llvm.load %[[XP]]
// CHECK: %[[X:.*]] = builtin.unrealized_conversion_cast %[[XD]] : !llvm.struct<{{.*}}> to memref<?x?xf32, strided<[?, ?], offset: ?>>
// CHECK: %[[GD:.*]] = llvm.load %[[GP]]
// CHECK: %[[G:.*]] = builtin.unrealized_conversion_cast %[[GD]]
// CHECK: %[[YD:.*]] = llvm.load %[[YP]]
// CHECK: %[[Y:.*]] = builtin.unrealized_conversion_cast %[[YD]]
// The sizes that must agree.
// CHECK: %[[L:.*]] = memref.dim %[[G]], %c0
// CHECK: %[[OK:.*]] = arith.cmpi eq, %[[L]], %c4
// CHECK: cf.cond_br %[[OK]], ^{{.*}}, ^[[FAIL:[a-z0-9]*]](%[[MISMATCH:[^,]*]],
// CHECK: memref.extract_strided_metadata %[[X]]
// CHECK: memref.extract_strided_metadata %[[G]]
// CHECK: memref.extract_strided_metadata %[[Y]]
// CHECK: cf.cond_br %{{.*}}, ^[[FAST:.*]], ^[[ANY:[a-z0-9]*]]
// CHECK: ^[[FAST]]:
// CHECK: %[[CODE:.*]] = call @rmsnorm.unit_stride(
// CHECK: return %[[CODE]]
// CHECK: ^[[ANY]]:
// CHECK: %[[CODE:.*]] = call @rmsnorm.strided(%[[XP]], %[[GP]], %[[YP]])
// CHECK: return %[[CODE]]
// CHECK: ^[[EXIT]](%[[CODE:[^:]*]]: i32):
// CHECK: return %[[CODE]]
// CHECK: ^[[FAIL]](%[[CODE:[^:]*]]: i32, %[[TEXT:[^:]*]]: !llvm.ptr, %{{[^:]*}}: i64, %{{[^:]*}}: i64):
// CHECK: %[[REPORTED:.*]] = llvm.call @norm_report_error(%[[CODE]], %[[TEXT]], %{{.*}}, %{{.*}})
// CHECK: return %[[REPORTED]]

// CHECK-LABEL: func.func @norm_shape_rmsnorm(
// CHECK-SAME: %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %[[SIZES:[^:]*]]: !llvm.ptr) -> i32
// CHECK: llvm.call @norm_check_arguments(
// CHECK: llvm.store %{{.*}}, %[[SIZES]] : i64, !llvm.ptr
// CHECK: %[[NEXT:.*]] = llvm.getelementptr %[[SIZES]][1] : (!llvm.ptr) -> !llvm.ptr, i64
// CHECK: llvm.store %c4_i64, %[[NEXT]] : i64, !llvm.ptr
// CHECK: return %c0_i32

// CHECK-NOT: @rmsnorm.shape
func.func @rmsnorm(%x: tensor<?x4xf32>, %g: tensor<?xf32>) -> tensor<?x4xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) : (tensor<?x4xf32>, tensor<?xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// The texts of the checks hold the function's name and places for the values.
// CHECK-DAG: "f: norm.rmsnorm: expected dim 0 of gamma to have {1} elements, found {0}\00"
// CHECK-DAG: "f: expected dim 0 of result 0 to have {1} elements, found {0}\00"
func.func @f(%x: tensor<?x4xf32>, %g: tensor<?xf32>) -> tensor<?x4xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) : (tensor<?x4xf32>, tensor<?xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// A scalar result is written through a pointer, an index as i64.
// CHECK-LABEL: func.func private @scalars.unit_stride
// CHECK-SAME: (%[[S:[^:]*]]: f32, %[[I:[^:]*]]: index, %[[SP:[^:]*]]: !llvm.ptr, %[[IP:[^:]*]]: !llvm.ptr)
// CHECK-DAG: llvm.store %[[S]], %[[SP]] : f32, !llvm.ptr
// CHECK-DAG: %[[I64:.*]] = arith.index_cast %[[I]] : index to i64
// CHECK-DAG: llvm.store %[[I64]], %[[IP]] : i64, !llvm.ptr
// CHECK-LABEL: func.func @_mlir_ciface_scalars(
// CHECK-SAME: f32, %{{[^:]*}}: index, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr) -> i32
func.func @scalars(%s: f32, %i: index) -> (f32, index) {
  return %s, %i : f32, index
}

// -----

// A row of several dims is seen as one: in place where its dims lie without
// gaps, which the entry makes sure of, else in a copy.
// CHECK-LABEL: func.func private @row_of_two_dims.unit_stride
// CHECK-SAME: (%[[X:[^:]*]]: memref<2x3x4xf32, {{.*}}>, %[[Y:[^:]*]]: memref
// CHECK-NOT: memref.alloc
// CHECK-DAG: memref.reinterpret_cast %{{.*}} to offset: [%{{.*}}], sizes: [2, 12], strides: [%{{.*}}, 1]
// CHECK-NOT: memref.copy
// CHECK: return
// CHECK-LABEL: func.func private @row_of_two_dims.strided
// CHECK: %{{.*}}, %{{.*}}, %[[SIZES:.*]]:3, %[[STRIDES:.*]]:3 = memref.extract_strided_metadata
// CHECK: %[[GAPLESS:.*]] = arith.muli %[[STRIDES]]#2, %[[SIZES]]#2
// CHECK: arith.cmpi eq, %[[STRIDES]]#1, %[[GAPLESS]]
// CHECK: call @norm_begin_copies(
// CHECK: call @row_of_two_dims.unit_stride(
// CHECK-LABEL: func.func @_mlir_ciface_row_of_two_dims(
// CHECK: %{{.*}}, %{{.*}}, %[[SIZES:.*]]:3, %[[STRIDES:.*]]:3 = memref.extract_strided_metadata
// CHECK: %[[GAPLESS:.*]] = arith.muli %[[STRIDES]]#2, %[[SIZES]]#2
// CHECK: arith.cmpi eq, %[[STRIDES]]#1, %[[GAPLESS]]
func.func @row_of_two_dims(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %c = tensor.collapse_shape %x [[0], [1, 2]] : tensor<2x3x4xf32> into tensor<2x12xf32>
  %n = norm.rmsnorm %c axis(1) epsilon(0.0) : (tensor<2x12xf32>) -> tensor<2x12xf32>
  %y = tensor.expand_shape %n [[0], [1, 2]] output_shape [2, 3, 4] : tensor<2x12xf32> into tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

// -----

// Rows of several dims lie without gaps if each dim steps over the next one;
// only the last dim of all must have stride 1.
// CHECK-LABEL: func.func @_mlir_ciface_rows_of_two_dims(
// CHECK: %{{.*}}, %{{.*}}, %[[SIZES:.*]]:3, %[[STRIDES:.*]]:3 = memref.extract_strided_metadata
// CHECK: arith.cmpi eq, %[[STRIDES]]#2, %{{.*}}
// CHECK-NOT: arith.cmpi eq, %[[STRIDES]]#1
// CHECK: %[[GAPLESS:.*]] = arith.muli %[[STRIDES]]#1, %[[SIZES]]#1
// CHECK: arith.cmpi eq, %[[STRIDES]]#0, %[[GAPLESS]]
// CHECK-NOT: arith.cmpi eq, %[[STRIDES]]#1
// CHECK: memref.extract_strided_metadata
func.func @rows_of_two_dims(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %c = tensor.collapse_shape %x [[0, 1], [2]] : tensor<2x3x4xf32> into tensor<6x4xf32>
  %n = norm.rmsnorm %c axis(1) epsilon(0.0) : (tensor<6x4xf32>) -> tensor<6x4xf32>
  %y = tensor.expand_shape %n [[0, 1], [2]] output_shape [2, 3, 4] : tensor<6x4xf32> into tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}
