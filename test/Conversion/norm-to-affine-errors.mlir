// RUN: norm-opt %s --convert-norm-to-affine --split-input-file --verify-diagnostics

func.func @strides(%x: memref<4x8xf32, strided<[16, 1]>>, %y: memref<4x8xf32>) {
  // expected-error @below {{'norm.reciprocal' op cannot become affine loops: expected memrefs without strides or offset, found operand #0 of type 'memref<4x8xf32, strided<[16, 1]>>'; copy it to a buffer of its own before}}
  norm.reciprocal %x outs(%y) : (memref<4x8xf32, strided<[16, 1]>>, memref<4x8xf32>) -> ()
  return
}

// -----

func.func @offset_of_outs(%x: memref<4x8xf32>, %y: memref<4x8xf32, strided<[8, 1], offset: ?>>) {
  // expected-error @below {{found operand #1 of type 'memref<4x8xf32, strided<[8, 1], offset: ?>>'}}
  norm.rmsnorm %x outs(%y) axis(1) epsilon(0.0) : (memref<4x8xf32>, memref<4x8xf32, strided<[8, 1], offset: ?>>) -> ()
  return
}

// -----

func.func @sizes_of_a_branch(%c: i1, %a: memref<?xf32>, %b: memref<?xf32>) {
  scf.if %c {
    %x = arith.select %c, %a, %b : memref<?xf32>
    // expected-error @below {{expected sizes that are affine symbols, found operand #0 of type 'memref<?xf32>' made inside a loop or branch; make its sizes static, or put the op into a function of its own}}
    norm.reciprocal %x outs(%x) : (memref<?xf32>, memref<?xf32>) -> ()
  }
  return
}
