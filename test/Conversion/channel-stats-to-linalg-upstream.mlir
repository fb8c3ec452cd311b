// Statistics of what convert-norm-to-linalg makes, run by the tools of the MLIR
// package alone.

// RUN: norm-opt %s --convert-norm-to-linalg \
// RUN:   | mlir-opt --convert-elementwise-to-linalg --one-shot-bufferize="bufferize-function-boundaries" \
// RUN:     --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata \
// RUN:     --lower-affine --convert-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -e main --entry-point-result=void \
// RUN:     --shared-libs=%llvm_lib_dir/libmlir_runner_utils.so \
// RUN:     --shared-libs=%llvm_lib_dir/libmlir_c_runner_utils.so \
// RUN:   | FileCheck %s

func.func private @printMemrefF32(tensor<*xf32>)

func.func @print(%mean: tensor<?xf32>, %inv_std: tensor<?xf32>) {
  %m = tensor.cast %mean : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%m) : (tensor<*xf32>) -> ()
  %i = tensor.cast %inv_std : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%i) : (tensor<*xf32>) -> ()
  return
}

func.func @main() {
  // The mean of equal values is that value, though the rounded sum of 0.1 is
  // not 1254.4, and their variance 0.
  // CHECK: sizes = [1]
  // CHECK-NEXT: [0]
  // CHECK: sizes = [1]
  // CHECK-NEXT: [inf]
  %tenth = arith.constant 0.1 : f32
  %empty = tensor.empty() : tensor<112x112x1xf32>
  %equal = linalg.fill ins(%tenth : f32) outs(%empty : tensor<112x112x1xf32>) -> tensor<112x112x1xf32>
  %m0, %i0 = norm.channel_stats %equal epsilon(0.0) layout(NHWC)
    : (tensor<112x112x1xf32>) -> (tensor<1xf32>, tensor<1xf32>)
  %expected = arith.constant dense<0.1> : tensor<1xf32>
  %d0 = arith.subf %m0, %expected : tensor<1xf32>
  %d0d = tensor.cast %d0 : tensor<1xf32> to tensor<?xf32>
  %i0d = tensor.cast %i0 : tensor<1xf32> to tensor<?xf32>
  call @print(%d0d, %i0d) : (tensor<?xf32>, tensor<?xf32>) -> ()

  // Deviations of 1; infinities of one sign; a NaN; squares that overflow.
  // CHECK: sizes = [4]
  // CHECK-NEXT: [2,{{ *}}inf,{{ *-?}}nan,{{ *}}0]
  // CHECK: sizes = [4]
  // CHECK-NEXT: [1,{{ *-?}}nan,{{ *-?}}nan,{{ *}}0]
  %x = arith.constant dense<[[1.0, 0x7F800000, 0x7FC00000, 1.0e30],
                             [3.0, 1.0, 1.0, -1.0e30]]> : tensor<2x4xf32>
  %m1, %i1 = norm.channel_stats %x epsilon(0.0) layout(NCHW)
    : (tensor<2x4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  %m1d = tensor.cast %m1 : tensor<4xf32> to tensor<?xf32>
  %i1d = tensor.cast %i1 : tensor<4xf32> to tensor<?xf32>
  call @print(%m1d, %i1d) : (tensor<?xf32>, tensor<?xf32>) -> ()

  // Of no elements.
  // CHECK: sizes = [1]
  // CHECK-NEXT: [0]
  // CHECK: sizes = [1]
  // CHECK-NEXT: [{{-?}}nan]
  %none = tensor.empty() : tensor<0x1xf32>
  %m2, %i2 = norm.channel_stats %none epsilon(1.0) layout(NCHW)
    : (tensor<0x1xf32>) -> (tensor<1xf32>, tensor<1xf32>)
  %m2d = tensor.cast %m2 : tensor<1xf32> to tensor<?xf32>
  %i2d = tensor.cast %i2 : tensor<1xf32> to tensor<?xf32>
  call @print(%m2d, %i2d) : (tensor<?xf32>, tensor<?xf32>) -> ()
  return
}
