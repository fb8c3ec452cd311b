// What is said where there is no memory has the whole name of the function.

// RUN: norm-opt %s --norm-cpu-pipeline | FileCheck %s --check-prefix=ROWS --implicit-check-not='"model:'
// RUN: norm-opt %s --norm-affine-pipeline | FileCheck %s --check-prefix=COPIES --implicit-check-not='"model:'
// ROWS-DAG: "model.forward: expected memory for a row in each thread
// ROWS-DAG: @model.forward.unit_stride.rows0.scratch.out_of_memory("model.forward: expected {0} bytes
// COPIES-DAG: @model.forward.contiguous.out_of_memory("model.forward: expected {0} bytes
// COPIES-DAG: @model.forward.strided.out_of_memory("model.forward: expected {0} bytes

// The exponentials of a row are needed twice.
func.func @model.forward(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %e = math.exp %x : tensor<?x?xf32>
  %y = norm.rmsnorm %e axis(1) epsilon(0.5) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
