// Results without elements are there at once, however many rows of nothing they have.
// RUN: norm-run %s --entry=rows --random=1 --shape=x:4611686018427387904x0 | FileCheck %s --check-prefix=ROWS
// RUN: norm-run %s --entry=sums --random=1 --shape=x:4611686018427387904x0 --shape=z:4611686018427387904x0 | FileCheck %s --check-prefix=ROWS
// ROWS: result 0: 4611686018427387904x0 of f32, first []

// A NaN has no sign.
// RUN: norm-run %s --entry=images --random=1 --shape=x:3x2x0 | FileCheck %s --check-prefix=IMAGES
// IMAGES: result 0: 2 of f32, min 0, max 0, first [0, 0]
// IMAGES-NEXT: result 1: 2 of f32, first [nan, nan]

func.func @rows(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-5) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

func.func @sums(%x: tensor<?x?xf32>, %z: tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?x?xf32>) {
  %a = arith.addf %x, %z : tensor<?x?xf32>
  %b = norm.reciprocal %a : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %a, %b : tensor<?x?xf32>, tensor<?x?xf32>
}

func.func @images(%x: tensor<?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW) : (tensor<?x?x?xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  return %m, %s : tensor<?xf32>, tensor<?xf32>
}
