// Sums that cancel have the accuracy of what was added, not of the small rest;
// sums by affine loops have that of as many roundings as elements.
// RUN: norm-run %s --entry=channels --random=1 --shape=x:4x500x28x28 --shape=dy:4x500x28x28 --shape=v:500 --verify | FileCheck %s
// RUN: norm-run %s --entry=rows --random=1 --shape=dy:3000x500 --shape=x:3000x500 --shape=r:3000 --verify | FileCheck %s
// RUN: norm-run %s --entry=wide --lowering=affine --random=1 --shape=x:1x300000 --verify | FileCheck %s

// CHECK: verify result 0: passed
// CHECK-NEXT: verify result 1: passed

func.func @channels(%x: tensor<?x?x?x?xf32>, %v: tensor<?xf32>, %dy: tensor<?x?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %s, %b = norm.channel_backprop_stats %x, %v, %v, %dy layout(NCHW)
    : (tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  return %s, %b : tensor<?xf32>, tensor<?xf32>
}

func.func @rows(%dy: tensor<?x?xf32>, %x: tensor<?x?xf32>, %r: tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %0:3 = norm.rmsnorm_grad %dy, %x, %r axis(1)
    : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>)
  return %0#0, %0#1, %0#2 : tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>
}

func.func @wide(%x: tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
  %y, %r = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  return %y, %r : tensor<?x?xf32>, tensor<?xf32>
}
