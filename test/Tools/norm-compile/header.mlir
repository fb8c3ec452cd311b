// The header that declares the functions of a module.

// RUN: norm-compile %s -o %t.o --header=%t.h
// RUN: FileCheck %s --input-file=%t.h
// RUN: norm-compile %s -o %t.o --header=- | cmp - %t.h

// CHECK: Kernels compiled from header.mlir
// CHECK: #ifndef [[GUARD:NORM_KERNELS_[0-9A-F]+_H]]
// CHECK-NEXT: #define [[GUARD]]

// CHECK: /** scaled
// CHECK-NEXT: * Arguments:
// CHECK-NEXT: *   x: tensor of bf16, sizes [?, 64]
// CHECK-NEXT: *   factor: scalar f32
// CHECK-NEXT: *   arg2: tensor of f16, sizes []
// CHECK-NEXT: * Results:
// CHECK-NEXT: *   y: tensor of bf16, sizes [?, 64]
// CHECK-NEXT: *   twice: scalar f32
// CHECK-NEXT: *   res2: tensor of f16, sizes []
// CHECK-NEXT: */
// CHECK-NEXT: int32_t _mlir_ciface_scaled(const norm_tensor_2 *x,
// CHECK-NEXT: float factor,
// CHECK-NEXT: const norm_tensor_0 *arg2,
// CHECK-NEXT: const norm_tensor_2 *y,
// CHECK-NEXT: float *twice,
// CHECK-NEXT: const norm_tensor_0 *res2);
// CHECK: sizes of the results of scaled (2 in all), in order, to `sizes`.
// CHECK-NEXT: Data of tensors is not read. */
// CHECK-NEXT: int32_t norm_shape_scaled(const norm_tensor_2 *x,
// CHECK-NEXT: float factor,
// CHECK-NEXT: const norm_tensor_0 *arg2,
// CHECK-NEXT: int64_t *sizes);
// CHECK-NOT: inner

// CHECK: namespace norm_kernels {
// CHECK: inline int32_t scaled(norm::View<const norm_bf16, 2> x,
// CHECK-NEXT: float factor,
// CHECK-NEXT: norm::View<const norm_f16, 0> arg2,
// CHECK-NEXT: norm::View<norm_bf16, 2> y,
// CHECK-NEXT: float *twice,
// CHECK-NEXT: norm::View<norm_f16, 0> res2) {
// CHECK: inline int32_t shape_scaled(
// CHECK: std::array<int64_t, 2> &sizes) {

func.func private @inner(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}

func.func @scaled(%x: tensor<?x64xbf16>, %s: f32 {norm.name = "factor"},
                  %0: tensor<f16>) -> (tensor<?x64xbf16>, f32, tensor<f16>) {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6)
    : (tensor<?x64xbf16>) -> tensor<?x64xbf16>
  %twice = arith.addf %s, %s : f32
  return %y, %twice, %0 : tensor<?x64xbf16>, f32, tensor<f16>
}
