// RUN: norm-opt %s --norm-outline-parallel --verify-diagnostics -o /dev/null

// expected-error@below {{redefinition of function 'norm_parallel_for' of different type}}
llvm.func @norm_parallel_for(i64) -> i32

func.func private @kernel(%x: f32, %n: index, %y: memref<?xf32>, %bytes: index) -> i32 {
  scf.forall (%i) in (%n) {
    norm.loop_schedule <vector_bits = 256> bytes(%bytes)
    memref.store %x, %y[%i] : memref<?xf32>
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}
