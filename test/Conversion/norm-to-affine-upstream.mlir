// The nests are worth something to upstream's affine passes, and what these
// make of them computes the same. Compiled and run by the tools of the MLIR
// package alone.

// DEFINE: %{passes} =
// DEFINE: %{run} = norm-opt %s --convert-norm-to-affine --canonicalize \
// DEFINE:   | mlir-opt %{passes} --convert-vector-to-scf --lower-affine \
// DEFINE:     --convert-scf-to-cf --convert-vector-to-llvm --expand-strided-metadata \
// DEFINE:     --convert-to-llvm --reconcile-unrealized-casts \
// DEFINE:   | mlir-runner -e main --entry-point-result=void \
// DEFINE:     --shared-libs=%llvm_lib_dir/libmlir_runner_utils.so \
// DEFINE:     --shared-libs=%llvm_lib_dir/libmlir_c_runner_utils.so \
// DEFINE:   | FileCheck %s --check-prefix=RESULT
// DEFINE: %{show} = norm-opt %s --convert-norm-to-affine --canonicalize | mlir-opt %{passes} | FileCheck %s

// RUN: %{run}

// REDEFINE: %{passes} = --affine-loop-fusion
// RUN: %{show} --check-prefix=FUSION
// RUN: %{run}

// REDEFINE: %{passes} = --affine-super-vectorize="virtual-vector-size=8 vectorize-reductions=true"
// RUN: %{show} --check-prefix=VECTOR
// RUN: %{run}

// REDEFINE: %{passes} = --affine-parallelize="parallel-reductions=true"
// RUN: %{show} --check-prefix=PARALLEL
// RUN: %{run}

// REDEFINE: %{passes} = --affine-loop-fusion --affine-scalrep --affine-super-vectorize="virtual-vector-size=4"
// RUN: %{run}

func.func private @printMemrefF32(memref<*xf32>)

// The loops over the rows of both ops become one.
// FUSION-LABEL: func.func @static
// FUSION: affine.for %{{.*}} = 0 to 2
// FUSION-NOT: affine.for %{{.*}} = 0 to 2
// FUSION: return
// VECTOR-LABEL: func.func @static
// VECTOR: arith.addf {{.*}} : vector<8xf32>
// VECTOR: vector.reduction <add>
// VECTOR: vector.transfer_write
// VECTOR: arith.divf {{.*}} : vector<8xf32>
// VECTOR: return
// PARALLEL-LABEL: func.func @static
// PARALLEL: affine.parallel {{.*}} to (2) {
// PARALLEL: affine.parallel {{.*}} to (11) reduce ("addf") -> (f32)
// PARALLEL: affine.parallel {{.*}} to (2) {
// PARALLEL-NEXT: affine.parallel {{.*}} to (11) {
// PARALLEL: return
func.func @static(%x: memref<2x11xf32>, %g: memref<11xf32>, %y: memref<2x11xf32>, %z: memref<2x11xf32>) {
  norm.rmsnorm %x gamma(%g) outs(%y) axis(1) epsilon(0.0)
    : (memref<2x11xf32>, memref<11xf32>, memref<2x11xf32>) -> ()
  norm.reciprocal %y outs(%z) : (memref<2x11xf32>, memref<2x11xf32>) -> ()
  return
}

// A row of two dims, of which only the caller knows that one has one element.
// VECTOR-LABEL: func.func @dynamic
// VECTOR: vector.reduction <add>
// VECTOR: vector.transfer_write
// PARALLEL-LABEL: func.func @dynamic
// PARALLEL: affine.parallel
func.func @dynamic(%x: memref<?x?x?xf32>, %g: memref<?xf32>, %y: memref<?x?x?xf32>, %z: memref<?x?x?xf32>) {
  norm.rmsnorm %x gamma(%g) outs(%y) axis(1) epsilon(0.0)
    : (memref<?x?x?xf32>, memref<?xf32>, memref<?x?x?xf32>) -> ()
  norm.reciprocal %y outs(%z) : (memref<?x?x?xf32>, memref<?x?x?xf32>) -> ()
  return
}

memref.global constant @x : memref<2x11xf32> = dense<[
  [10.0, 6.0, 4.0, 3.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
  [-3.0, -3.0, -3.0, -3.0, -3.0, -3.0, -3.0, -3.0, -3.0, -3.0, -3.0]]>
memref.global constant @g : memref<11xf32> = dense<[2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5]>

func.func @main() {
  %x = memref.get_global @x : memref<2x11xf32>
  %g = memref.get_global @g : memref<11xf32>
  %y = memref.alloc() : memref<2x11xf32>
  %z = memref.alloc() : memref<2x11xf32>
  call @static(%x, %g, %y, %z) : (memref<2x11xf32>, memref<11xf32>, memref<2x11xf32>, memref<2x11xf32>) -> ()
  // The squares of the rows sum to 176 and 99: root mean squares of 4 and 3.
  // RESULT: [5, 1.5, 1, 0.75, 0.75, 0.25, 0.25, 0.25, 0.25, 0.25, 0.125]
  // RESULT-NEXT: [-2, -1, -1, -1, -1, -1, -1, -1, -1, -1, -0.5]
  // RESULT: [0.2, 0.666667, 1, 1.33333, 1.33333, 4, 4, 4, 4, 4, 8]
  // RESULT-NEXT: [-0.5, -1, -1, -1, -1, -1, -1, -1, -1, -1, -2]
  %uy = memref.cast %y : memref<2x11xf32> to memref<*xf32>
  call @printMemrefF32(%uy) : (memref<*xf32>) -> ()
  %uz = memref.cast %z : memref<2x11xf32> to memref<*xf32>
  call @printMemrefF32(%uz) : (memref<*xf32>) -> ()

  %x3 = memref.expand_shape %x [[0], [1, 2]] output_shape [2, 1, 11] : memref<2x11xf32> into memref<2x1x11xf32>
  %y3 = memref.alloc() : memref<2x1x11xf32>
  %z3 = memref.alloc() : memref<2x1x11xf32>
  %xd = memref.cast %x3 : memref<2x1x11xf32> to memref<?x?x?xf32>
  %gd = memref.cast %g : memref<11xf32> to memref<?xf32>
  %yd = memref.cast %y3 : memref<2x1x11xf32> to memref<?x?x?xf32>
  %zd = memref.cast %z3 : memref<2x1x11xf32> to memref<?x?x?xf32>
  call @dynamic(%xd, %gd, %yd, %zd) : (memref<?x?x?xf32>, memref<?xf32>, memref<?x?x?xf32>, memref<?x?x?xf32>) -> ()
  // RESULT: [5, 1.5, 1, 0.75, 0.75, 0.25, 0.25, 0.25, 0.25, 0.25, 0.125]
  // RESULT-NEXT: [-2, -1, -1, -1, -1, -1, -1, -1, -1, -1, -0.5]
  // RESULT: [0.2, 0.666667, 1, 1.33333, 1.33333, 4, 4, 4, 4, 4, 8]
  // RESULT-NEXT: [-0.5, -1, -1, -1, -1, -1, -1, -1, -1, -1, -2]
  %uyd = memref.cast %yd : memref<?x?x?xf32> to memref<*xf32>
  call @printMemrefF32(%uyd) : (memref<*xf32>) -> ()
  %uzd = memref.cast %zd : memref<?x?x?xf32> to memref<*xf32>
  call @printMemrefF32(%uzd) : (memref<*xf32>) -> ()
  memref.dealloc %y : memref<2x11xf32>
  memref.dealloc %z : memref<2x11xf32>
  memref.dealloc %y3 : memref<2x1x11xf32>
  memref.dealloc %z3 : memref<2x1x11xf32>
  return
}
