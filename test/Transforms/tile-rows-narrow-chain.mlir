// What is in front of and behind an op over channels is one loop with it, though the
// op asks for the size of what is in front: the elements of a channel.
// RUN: norm-opt %s --norm-cpu-pipeline | FileCheck %s

// CHECK-LABEL: llvm.func @_mlir_ciface_chain
func.func @chain(%a: tensor<?x?x?xf16>, %b: tensor<?x?x?xf16>, %mean: tensor<?xf32>, %s: tensor<?xf32>, %sg: tensor<?xf32>, %bg: tensor<?xf32>, %dy: tensor<?x?x?xf16>) -> tensor<?x?x?xf32> {
  %x = arith.addf %a, %b : tensor<?x?x?xf16>
  %0 = norm.channel_backprop %x, %mean, %s, %sg, %bg, %dy layout(NHWC)
    : (tensor<?x?x?xf16>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x?xf16>) -> (tensor<?x?x?xf16>)
  %1 = arith.addf %b, %0 : tensor<?x?x?xf16>
  %2 = arith.extf %1 : tensor<?x?x?xf16> to tensor<?x?x?xf32>
  return %2 : tensor<?x?x?xf32>
}
