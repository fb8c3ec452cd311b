// Functions of any names have kernels whose names PTX can have, each its own.

// REQUIRES: ptxas
// RUN: norm-compile %s --target=sm_90 -o %t.ptx
// RUN: norm-compile %s --target=sm_90 -o %t.cubin
// RUN: FileCheck %s --input-file=%t.ptx --implicit-check-not=.entry
// CHECK: .entry a_b_unit_stride_0(
// CHECK: .entry a_b_unaligned_0(
// CHECK: .entry a_b_strided_0(
func.func @a_b(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
// CHECK: .entry a_b_unit_stride_0_0(
// CHECK: .entry a_b_unaligned_0_0(
// CHECK: .entry a_b_strided_0_0(
func.func @"a-b"(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
// CHECK: .entry _1___norm____$_unit_stride_0(
// CHECK: .entry _1___norm____$_unaligned_0(
// CHECK: .entry _1___norm____$_strided_0(
func.func @"1. \22norm\22 \C3\A9$"(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
