// Elementwise functions with a value for each channel, few channels or few
// pixels: right, and the same bits on any number of threads and for static sizes.
// RUN: norm-run %s --entry=last --random=1 --shape=x:5x71x41x3 --shape=a:3 --shape=b:3 --threads=1 --verify --output=%t.1.npy
// RUN: norm-run %s --entry=last --random=1 --shape=x:5x71x41x3 --shape=a:3 --shape=b:3 --threads=3 --verify --output=%t.3.npy
// RUN: norm-run %s --entry=last_static --random=1 --verify --output=%t.s.npy
// RUN: cmp %t.1.npy %t.3.npy
// RUN: cmp %t.1.npy %t.s.npy
// RUN: norm-run %s --entry=last --random=1 --shape=x:1x1x1x1000 --shape=a:1000 --shape=b:1000 --verify
// RUN: norm-run %s --entry=last --random=1 --shape=x:1x1001x99x1 --shape=a:1 --shape=b:1 --verify
// RUN: norm-run %s --entry=last --random=1 --shape=x:2x0x3x5 --shape=a:5 --shape=b:5 --verify
// RUN: norm-run %s --entry=last --random=1 --shape=x:2x3x3x0 --shape=a:0 --shape=b:0 --verify
//
// RUN: norm-run %s --entry=second --random=1 --shape=x:900x131x1x1 --shape=a:131 --shape=b:131 --threads=1 --verify --output=%t.1.npy
// RUN: norm-run %s --entry=second --random=1 --shape=x:900x131x1x1 --shape=a:131 --shape=b:131 --threads=3 --verify --output=%t.3.npy
// RUN: norm-run %s --entry=second_static --random=1 --verify --output=%t.s.npy
// RUN: cmp %t.1.npy %t.3.npy
// RUN: cmp %t.1.npy %t.s.npy
// RUN: norm-run %s --entry=second --random=1 --shape=x:3x7x1x31 --shape=a:7 --shape=b:7 --verify
// RUN: norm-run %s --entry=second --random=1 --shape=x:3x7x2x16 --shape=a:7 --shape=b:7 --verify
// RUN: norm-run %s --entry=second --random=1 --shape=x:2x3x0x5 --shape=a:3 --shape=b:3 --verify
// RUN: norm-run %s --entry=second --random=1 --shape=x:0x3x1x5 --shape=a:3 --shape=b:3 --verify

#element = affine_map<(i, j, k, l) -> (i, j, k, l)>
#second = affine_map<(i, j, k, l) -> (j)>
#last = affine_map<(i, j, k, l) -> (l)>
#trait_of_last = {indexing_maps = [#element, #last, #last, #element], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
#trait_of_second = {indexing_maps = [#element, #second, #second, #element], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}

func.func @last(%x: tensor<?x?x?x?xf32>, %a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?x?x?x?xf32> {
  %y = linalg.generic #trait_of_last ins(%x, %a, %b : tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>) outs(%x : tensor<?x?x?x?xf32>) {
  ^bb0(%v: f32, %s: f32, %t: f32, %old: f32):
    %0 = arith.mulf %v, %s : f32
    %1 = arith.addf %0, %t : f32
    linalg.yield %1 : f32
  } -> tensor<?x?x?x?xf32>
  return %y : tensor<?x?x?x?xf32>
}

func.func @last_static(%x: tensor<5x71x41x3xf32>, %a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<5x71x41x3xf32> {
  %y = linalg.generic #trait_of_last ins(%x, %a, %b : tensor<5x71x41x3xf32>, tensor<3xf32>, tensor<3xf32>) outs(%x : tensor<5x71x41x3xf32>) {
  ^bb0(%v: f32, %s: f32, %t: f32, %old: f32):
    %0 = arith.mulf %v, %s : f32
    %1 = arith.addf %0, %t : f32
    linalg.yield %1 : f32
  } -> tensor<5x71x41x3xf32>
  return %y : tensor<5x71x41x3xf32>
}

func.func @second(%x: tensor<?x?x?x?xf32>, %a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?x?x?x?xf32> {
  %y = linalg.generic #trait_of_second ins(%x, %a, %b : tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>) outs(%x : tensor<?x?x?x?xf32>) {
  ^bb0(%v: f32, %s: f32, %t: f32, %old: f32):
    %0 = arith.mulf %v, %s : f32
    %1 = arith.addf %0, %t : f32
    linalg.yield %1 : f32
  } -> tensor<?x?x?x?xf32>
  return %y : tensor<?x?x?x?xf32>
}

func.func @second_static(%x: tensor<900x131x1x1xf32>, %a: tensor<131xf32>, %b: tensor<131xf32>) -> tensor<900x131x1x1xf32> {
  %y = linalg.generic #trait_of_second ins(%x, %a, %b : tensor<900x131x1x1xf32>, tensor<131xf32>, tensor<131xf32>) outs(%x : tensor<900x131x1x1xf32>) {
  ^bb0(%v: f32, %s: f32, %t: f32, %old: f32):
    %0 = arith.mulf %v, %s : f32
    %1 = arith.addf %0, %t : f32
    linalg.yield %1 : f32
  } -> tensor<900x131x1x1xf32>
  return %y : tensor<900x131x1x1xf32>
}
