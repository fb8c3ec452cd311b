// Ops that access tensors of several sizes: sizes that do not fit are an error
// of the call, in loops and branches as well.

// RUN: not norm-run %s --entry=inserted --random=1 --shape=x:100x64 --shape=d:2x64 2>&1 | FileCheck %s --check-prefix=INSERTED
// INSERTED: function 'inserted': tensor.insert_slice: expected dim 0 of the source to have 2 elements, found 100
// RUN: norm-run %s --entry=inserted --random=1 --shape=x:3x64 --shape=d:3x64 --verify
func.func @inserted(%x: tensor<?x64xf32>, %d: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %d, %c0 : tensor<?x64xf32>
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %r = tensor.insert_slice %y into %d[0, 0] [%n, 64] [1, 1] : tensor<?x64xf32> into tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// RUN: not norm-run %s --entry=cast --random=1 --shape=x:2x3x4 2>&1 | FileCheck %s --check-prefix=CAST
// CAST: function 'cast': tensor.cast: expected dim 1 of the source to have 64 elements, found 12
// RUN: norm-run %s --entry=cast --random=1 --shape=x:2x16x4 --verify
func.func @cast(%x: tensor<?x?x?xf32>) -> tensor<?x64xf32> {
  %c = tensor.collapse_shape %x [[0], [1, 2]] : tensor<?x?x?xf32> into tensor<?x?xf32>
  %k = tensor.cast %c : tensor<?x?xf32> to tensor<?x64xf32>
  %y = norm.rmsnorm %k axis(1) epsilon(1.0e-6) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// RUN: not norm-run %s --entry=padded --random=1 --input=-2 --shape=x:3x64 2>&1 | FileCheck %s --check-prefix=PADDED
// PADDED: function 'padded': tensor.pad: expected the padding in front of dim 0 to have 0 elements or more, found -2
// RUN: not norm-run %s --entry=padded --random=1 --input=9223372036854775807 --shape=x:3x64 2>&1 | FileCheck %s --check-prefix=OVERFLOW
// OVERFLOW: function 'padded': tensor.pad: expected the padding in front of dim 0 to have 281474976710656 elements or fewer, found 9223372036854775807
// RUN: norm-run %s --entry=padded --random=1 --input=2 --shape=x:3x64 --verify
func.func @padded(%low: index, %x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[%low, 0] high[0, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<?x64xf32> to tensor<?x64xf32>
  %y = norm.rmsnorm %p axis(1) epsilon(1.0e-6) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// RUN: not norm-run %s --entry=padded_to --random=1 --shape=x:80x64 2>&1 | FileCheck %s --check-prefix=PADDED-TO
// PADDED-TO: function 'padded_to': tensor.pad: expected dim 0 of the padded source to have 8 elements, found 82
// RUN: norm-run %s --entry=padded_to --random=1 --shape=x:6x64 --verify
func.func @padded_to(%x: tensor<?x?xf32>) -> tensor<8x64xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0] high[2, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<?x?xf32> to tensor<8x64xf32>
  return %p : tensor<8x64xf32>
}

// RUN: not norm-run %s --entry=joined --random=1 --shape=a:4x64 --shape=b:20x128 2>&1 | FileCheck %s --check-prefix=JOINED
// JOINED: function 'joined': tensor.concat: expected dim 1 of operand 1 to have 64 elements, found 128
// RUN: norm-run %s --entry=joined --random=1 --shape=a:4x64 --shape=b:20x64
func.func @joined(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %r = tensor.concat dim(0) %a, %b : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// A destination is written, even if it is not read.
// RUN: not norm-run %s --entry=transposed --random=1 --shape=x:100x64 --shape=d:2x3 2>&1 | FileCheck %s --check-prefix=TRANSPOSED
// TRANSPOSED: function 'transposed': linalg.generic: expected dim 0 of operand 1 to have 64 elements, found 2
// RUN: norm-run %s --entry=transposed --random=1 --shape=x:3x2 --shape=d:2x3
func.func @transposed(%x: tensor<?x?xf32>, %d: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %r = linalg.transpose ins(%x : tensor<?x?xf32>) outs(%d : tensor<?x?xf32>) permutation = [1, 0]
  return %r : tensor<?x?xf32>
}

// RUN: not norm-run %s --entry=window --random=1 --shape=x:118 --shape=w:20 --shape=o:100 2>&1 | FileCheck %s --check-prefix=WINDOW
// WINDOW: function 'window': linalg.generic: expected dim 0 of operand 0 to have 119 elements or more, found 118
// RUN: norm-run %s --entry=window --random=1 --shape=x:119 --shape=w:20 --shape=o:100
func.func @window(%x: tensor<?xf32>, %w: tensor<?xf32>, %o: tensor<?xf32>) -> tensor<?xf32> {
  %r = linalg.conv_1d ins(%x, %w : tensor<?xf32>, tensor<?xf32>) outs(%o : tensor<?xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// RUN: norm-run %s --entry=reversed --random=1 --verify --shape=x:8
// RUN: not norm-run %s --entry=reversed --random=1 --shape=x:5 2>&1 | FileCheck %s --check-prefix=FEW
// RUN: not norm-run %s --entry=reversed --random=1 --shape=x:9 2>&1 | FileCheck %s --check-prefix=MANY
// FEW: function 'reversed': linalg.generic: expected dim 0 of operand 0 to have 8 elements or more, found 5
// MANY: function 'reversed': linalg.generic: expected the least index of dim 0 of operand 0 to be 0, found -1
func.func @reversed(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%n) : tensor<?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (7 - i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %a, %a : f32
    linalg.yield %t : f32
  } -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// RUN: not norm-run %s --entry=loop --random=1 --input=3 --shape=x:2x64 --shape=y:200x64 2>&1 | FileCheck %s --check-prefix=LOOP
// LOOP: function 'loop': linalg.generic: expected dim 0 of operand 1 to have 2 elements, found 200
// RUN: norm-run %s --entry=loop --random=1 --input=3 --shape=x:2x64 --shape=y:2x64
// A loop that does not run may have any sizes.
// RUN: norm-run %s --entry=loop --random=1 --input=0 --shape=x:2x64 --shape=y:200x64
func.func @loop(%n: index, %x: tensor<?x64xf32>, %y: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%sum = %x) -> tensor<?x64xf32> {
    %a = arith.addf %sum, %y : tensor<?x64xf32>
    scf.yield %a : tensor<?x64xf32>
  }
  return %s : tensor<?x64xf32>
}

// RUN: not norm-run %s --entry=branch --random=1 --input=1 --shape=y:1x7 2>&1 | FileCheck %s --check-prefix=BRANCH
// BRANCH: function 'branch': tensor.cast: expected dim 0 of the source to have 64 elements, found 7
// RUN: norm-run %s --entry=branch --random=1 --input=1 --shape=y:2x32
// RUN: norm-run %s --entry=branch --random=1 --input=0 --shape=y:1x7
func.func @branch(%use: i32, %x: tensor<64xf32>, %y: tensor<?x?xf32>) -> tensor<64xf32> {
  %zero = arith.constant 0 : i32
  %c = arith.cmpi ne, %use, %zero : i32
  %r = scf.if %c -> tensor<64xf32> {
    %v = tensor.collapse_shape %y [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>
    %a = tensor.cast %v : tensor<?xf32> to tensor<64xf32>
    %s = arith.addf %x, %a : tensor<64xf32>
    scf.yield %s : tensor<64xf32>
  } else {
    scf.yield %x : tensor<64xf32>
  }
  return %r : tensor<64xf32>
}

// RUN: not norm-run %s --entry=carried --random=1 --input=3 --shape=x:2x64 --shape=y:5x64 2>&1 | FileCheck %s --check-prefix=CARRIED
// CARRIED: function 'carried': scf.for: expected dim 0 of yielded value 0 to have 2 elements, found 5
// RUN: norm-run %s --entry=carried --random=1 --input=3 --shape=x:5x64 --shape=y:5x64
func.func @carried(%n: index, %x: tensor<?x64xf32>, %y: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%last = %x) -> tensor<?x64xf32> {
    %a = arith.addf %y, %y : tensor<?x64xf32>
    scf.yield %a : tensor<?x64xf32>
  }
  return %s : tensor<?x64xf32>
}
