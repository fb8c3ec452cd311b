// What convert-norm-to-linalg makes is compiled and run by the tools of the
// MLIR package alone.

// RUN: norm-opt %s --convert-norm-to-linalg \
// RUN:   | mlir-opt --one-shot-bufferize="bufferize-function-boundaries" \
// RUN:     --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata \
// RUN:     --lower-affine --convert-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -e main --entry-point-result=void \
// RUN:     --shared-libs=%llvm_lib_dir/libmlir_runner_utils.so \
// RUN:     --shared-libs=%llvm_lib_dir/libmlir_c_runner_utils.so \
// RUN:   | FileCheck %s

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  // Rows of root mean square sqrt(12.5), 5 and 2^-40.
  %x = arith.constant dense<[[3.0, 4.0], [-1.0, 7.0], [9.09494702e-13, 9.09494702e-13]]> : tensor<3x2xf32>
  %gamma = arith.constant dense<[2.0, -1.0]> : tensor<2xf32>
  %beta = arith.constant dense<[0.0, 10.0]> : tensor<2xf32>
  %xd = tensor.cast %x : tensor<3x2xf32> to tensor<?x?xf32>

  %y, %r = norm.rmsnorm %xd axis(1) epsilon(0.0) : (tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  %z = norm.rmsnorm %x gamma(%gamma) beta(%beta) axis(1) epsilon(11.0) target_rms(3.0) weight_offset(1.0)
    : (tensor<3x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %w = norm.rmsnorm %x axis(0) epsilon(0.0) : (tensor<3x2xf32>) -> tensor<3x2xf32>

  // x / rms: 3 / sqrt(12.5), 4 / sqrt(12.5); -1 / 5, 7 / 5; 1, 1.
  // CHECK: sizes = [3, 2]
  // CHECK-NEXT: [0.848528, 1.13137]
  // CHECK-NEXT: [-0.2, 1.4]
  // CHECK-NEXT: [1, 1]
  %yu = tensor.cast %y : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%yu) : (tensor<*xf32>) -> ()
  // 1 / sqrt(12.5), 1 / 5, 2^40.
  // CHECK: sizes = [3]
  // CHECK-NEXT: [0.282843, 0.2, 1.09951e+12]
  %ru = tensor.cast %r : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%ru) : (tensor<*xf32>) -> ()
  // Second row: rms = sqrt(25 + 11) = 6; 3 * -1 / 6 * (2 + 1) + 0 and
  // 3 * 7 / 6 * (-1 + 1) + 10. First row: rms = sqrt(23.5);
  // 3 * 3 / sqrt(23.5) * 3. Third row: 3 * 2^-40 / sqrt(11) * 3.
  // CHECK: sizes = [3, 2]
  // CHECK-NEXT: [5.56967, 10]
  // CHECK-NEXT: [-1.5, 10]
  // CHECK-NEXT: [2.46801e-12, 10]
  %zu = tensor.cast %z : tensor<3x2xf32> to tensor<*xf32>
  call @printMemrefF32(%zu) : (tensor<*xf32>) -> ()
  // One row of 6 elements, whose squares sum to 75: x / sqrt(12.5).
  // CHECK: sizes = [3, 2]
  // CHECK-NEXT: [0.848528, 1.13137]
  // CHECK-NEXT: [-0.282843, 1.9799]
  %wu = tensor.cast %w : tensor<3x2xf32> to tensor<*xf32>
  call @printMemrefF32(%wu) : (tensor<*xf32>) -> ()
  return
}
