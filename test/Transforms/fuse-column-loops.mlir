// RUN: norm-opt %s --norm-fuse-column-loops | FileCheck %s

// CHECK-LABEL: func.func @shared_input
// CHECK: %[[BOTH:.*]]:2 = scf.for
// CHECK-NOT: scf.for
// CHECK: return %[[BOTH]]#1, %[[BOTH]]#0
func.func @shared_input(%x: tensor<8xf32>, %a: tensor<8xf32>, %b: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %0 = scf.for %i = %c0 to %c8 step %c1 iter_args(%o = %a) -> (tensor<8xf32>) {
    %v = tensor.extract %x[%i] : tensor<8xf32>
    %n = arith.negf %v : f32
    %r = tensor.insert %n into %o[%i] : tensor<8xf32>
    scf.yield %r : tensor<8xf32>
  }
  %1 = scf.for %i = %c0 to %c8 step %c1 iter_args(%o = %b) -> (tensor<8xf32>) {
    %v = tensor.extract %x[%i] : tensor<8xf32>
    %r = tensor.insert %v into %o[%i] : tensor<8xf32>
    scf.yield %r : tensor<8xf32>
  }
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// The second one needs the first one's result, has other bounds, or shares
// nothing.
// CHECK-LABEL: func.func @apart
// CHECK-COUNT-4: scf.for
func.func @apart(%x: tensor<8xf32>, %y: tensor<8xf32>, %a: tensor<8xf32>, %n: index)
    -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %0 = scf.for %i = %c0 to %c8 step %c1 iter_args(%o = %a) -> (tensor<8xf32>) {
    %v = tensor.extract %x[%i] : tensor<8xf32>
    %r = tensor.insert %v into %o[%i] : tensor<8xf32>
    scf.yield %r : tensor<8xf32>
  }
  %1 = scf.for %i = %c0 to %c8 step %c1 iter_args(%o = %0) -> (tensor<8xf32>) {
    %v = tensor.extract %x[%i] : tensor<8xf32>
    %r = tensor.insert %v into %o[%i] : tensor<8xf32>
    scf.yield %r : tensor<8xf32>
  }
  %2 = scf.for %i = %c0 to %n step %c1 iter_args(%o = %a) -> (tensor<8xf32>) {
    %v = tensor.extract %x[%i] : tensor<8xf32>
    %r = tensor.insert %v into %o[%i] : tensor<8xf32>
    scf.yield %r : tensor<8xf32>
  }
  %3 = scf.for %i = %c0 to %c8 step %c1 iter_args(%o = %a) -> (tensor<8xf32>) {
    %v = tensor.extract %y[%i] : tensor<8xf32>
    %r = tensor.insert %v into %o[%i] : tensor<8xf32>
    scf.yield %r : tensor<8xf32>
  }
  return %1, %2, %3 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}
