// The first n elements are copied, for each n, and none beyond.
// RUN: norm-opt %s --norm-expand-masked-accesses=min-bits=0 --convert-vector-to-scf --convert-scf-to-cf --convert-vector-to-llvm \
// RUN:     --expand-strided-metadata --convert-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -e main --entry-point-result=void \
// RUN:     --shared-libs=%llvm_lib_dir/libmlir_runner_utils.so \
// RUN:     --shared-libs=%llvm_lib_dir/libmlir_c_runner_utils.so \
// RUN:   | FileCheck %s

func.func private @printMemrefF32(memref<*xf32>)

// CHECK: [-1, -1, -1, -1, -1, -1, -1, -1, -1]
// CHECK: [1, -1, -1, -1, -1, -1, -1, -1, -1]
// CHECK: [1, 2, -1, -1, -1, -1, -1, -1, -1]
// CHECK: [1, 2, 3, -1, -1, -1, -1, -1, -1]
// CHECK: [1, 2, 3, 4, -1, -1, -1, -1, -1]
// CHECK: [1, 2, 3, 4, 5, -1, -1, -1, -1]
// CHECK: [1, 2, 3, 4, 5, 6, -1, -1, -1]
// CHECK: [1, 2, 3, 4, 5, 6, 7, -1, -1]
// CHECK: [1, 2, 3, 4, 5, 6, 7, 8, -1]
// The same of a number that is known, and zeros behind them.
// CHECK: [1, 2, 3, 4, 5, 6, 7, -1, -1]
// CHECK: [1, 2, 3, 4, 5, 6, 7, 0, -1]
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %values = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : vector<8xf32>
  %padding = arith.constant dense<0.0> : vector<8xf32>
  %minus = arith.constant -1.0 : f32
  %x = memref.alloca() : memref<8xf32>
  %y = memref.alloca() : memref<9xf32>
  vector.store %values, %x[%c0] : memref<8xf32>, vector<8xf32>
  scf.for %n = %c0 to %c9 step %c1 {
    scf.for %i = %c0 to %c9 step %c1 {
      memref.store %minus, %y[%i] : memref<9xf32>
    }
    %m = vector.create_mask %n : vector<8xi1>
    %v = vector.maskedload %x[%c0], %m, %padding : memref<8xf32>, vector<8xi1>, vector<8xf32> into vector<8xf32>
    vector.maskedstore %y[%c0], %m, %v : memref<9xf32>, vector<8xi1>, vector<8xf32>
    %u = memref.cast %y : memref<9xf32> to memref<*xf32>
    func.call @printMemrefF32(%u) : (memref<*xf32>) -> ()
  }
  scf.for %i = %c0 to %c9 step %c1 {
    memref.store %minus, %y[%i] : memref<9xf32>
  }
  %seven = vector.constant_mask [7] : vector<8xi1>
  %v = vector.maskedload %x[%c0], %seven, %padding : memref<8xf32>, vector<8xi1>, vector<8xf32> into vector<8xf32>
  vector.maskedstore %y[%c0], %seven, %v : memref<9xf32>, vector<8xi1>, vector<8xf32>
  %u = memref.cast %y : memref<9xf32> to memref<*xf32>
  call @printMemrefF32(%u) : (memref<*xf32>) -> ()
  vector.store %v, %y[%c0] : memref<9xf32>, vector<8xf32>
  call @printMemrefF32(%u) : (memref<*xf32>) -> ()
  return
}
