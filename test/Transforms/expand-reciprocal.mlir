// RUN: norm-opt %s --norm-expand-reciprocal=has-rcp14=true | FileCheck %s
// RUN: norm-opt %s --norm-expand-reciprocal | FileCheck %s --check-prefix=NONE

// Without the estimate all are divisions, and LLVM is not allowed to make its
// own.
// NONE-NOT: arcp
// NONE-NOT: llvm.call_intrinsic

// CHECK-LABEL: func.func @one_register
// CHECK-SAME: (%[[X:.*]]: vector<16xf32>)
// CHECK-DAG: %[[ONE:.*]] = arith.constant dense<1.000000e+00> : vector<16xf32>
// CHECK-DAG: %[[EVERY:.*]] = arith.constant -1 : i16
// CHECK: %[[R:.*]] = llvm.call_intrinsic "llvm.x86.avx512.rcp14.ps.512"(%[[X]], %[[X]], %[[EVERY]])
// CHECK: %[[NEGATED:.*]] = arith.negf %[[X]]
// CHECK: %[[E:.*]] = math.fma %[[NEGATED]], %[[R]], %{{.*}} : vector<16xf32>
// CHECK: %[[LEAST:.*]] = arith.constant dense<-1.000000e+00>
// CHECK: %[[USABLE:.*]] = arith.cmpf ogt, %[[E]], %[[LEAST]]
// CHECK: %[[REFINED:.*]] = math.fma %[[E]], %[[R]], %[[R]]
// CHECK: %[[Y:.*]] = arith.select %[[USABLE]], %[[REFINED]], %[[R]]
// CHECK: return %[[Y]]
func.func @one_register(%x: vector<16xf32>) -> vector<16xf32> {
  %one = arith.constant dense<1.0> : vector<16xf32>
  %y = arith.divf %one, %x fastmath<arcp> : vector<16xf32>
  return %y : vector<16xf32>
}

// CHECK-LABEL: func.func @rest_of_a_register
// CHECK: vector.extract_strided_slice %{{.*}} {offsets = [0], sizes = [16], strides = [1]}
// CHECK: llvm.call_intrinsic
// CHECK: vector.insert_strided_slice %{{.*}} {offsets = [0], strides = [1]} : vector<16xf32> into vector<21xf32>
// CHECK: %[[REST:.*]] = vector.extract_strided_slice %{{.*}} {offsets = [16], sizes = [5], strides = [1]}
// CHECK: vector.insert_strided_slice %[[REST]], %{{.*}} {offsets = [0], strides = [1]} : vector<5xf32> into vector<16xf32>
// CHECK: llvm.call_intrinsic
// CHECK: vector.insert_strided_slice %{{.*}} {offsets = [16], strides = [1]} : vector<5xf32> into vector<21xf32>
// CHECK-NOT: llvm.call_intrinsic
// CHECK: math.fma {{.*}} : vector<21xf32>
// CHECK: return
func.func @rest_of_a_register(%x: vector<21xf32>) -> vector<21xf32> {
  %one = arith.constant dense<1.0> : vector<21xf32>
  %y = arith.divf %one, %x fastmath<arcp> : vector<21xf32>
  return %y : vector<21xf32>
}

// CHECK-LABEL: func.func @two_dims
// CHECK: vector.shape_cast %{{.*}} : vector<2x32xf32> to vector<64xf32>
// CHECK-COUNT-4: llvm.call_intrinsic
// CHECK-NOT: llvm.call_intrinsic
// CHECK: vector.shape_cast %{{.*}} : vector<64xf32> to vector<2x32xf32>
func.func @two_dims(%x: vector<2x32xf32>) -> vector<2x32xf32> {
  %one = arith.constant dense<1.0> : vector<2x32xf32>
  %y = arith.divf %one, %x fastmath<arcp> : vector<2x32xf32>
  return %y : vector<2x32xf32>
}

// CHECK-LABEL: func.func @scalar
// CHECK-SAME: (%[[X:.*]]: f32)
// CHECK: vector.broadcast %[[X]] : f32 to vector<16xf32>
// CHECK: llvm.call_intrinsic
// CHECK: %[[Y:.*]] = vector.extract %{{.*}}[0] : f32 from vector<16xf32>
// CHECK: return %[[Y]]
func.func @scalar(%x: f32) -> f32 {
  %one = arith.constant 1.0 : f32
  %y = arith.divf %one, %x fastmath<arcp> : f32
  return %y : f32
}

// Flags that the source set besides stay.
// CHECK-LABEL: func.func @other_divisions
// CHECK-NOT: llvm.call_intrinsic
// CHECK: arith.divf %{{.*}}, %{{.*}} : vector<8xf64>
// CHECK: arith.divf %{{.*}}, %{{.*}} fastmath<contract> : vector<8xf32>
// CHECK: arith.divf %{{.*}}, %{{.*}} : vector<8xf32>
// CHECK: arith.divf %{{.*}}, %{{.*}} : vector<[4]xf32>
// CHECK: return
func.func @other_divisions(%a: vector<8xf64>, %b: vector<8xf32>, %c: vector<[4]xf32>)
    -> (vector<8xf64>, vector<8xf32>, vector<8xf32>, vector<[4]xf32>) {
  %one64 = arith.constant dense<1.0> : vector<8xf64>
  %one32 = arith.constant dense<1.0> : vector<8xf32>
  %scalable = arith.constant dense<1.0> : vector<[4]xf32>
  %0 = arith.divf %one64, %a fastmath<arcp> : vector<8xf64>
  %1 = arith.divf %b, %b fastmath<arcp,contract> : vector<8xf32>
  %2 = arith.divf %one32, %b : vector<8xf32>
  %3 = arith.divf %scalable, %c fastmath<arcp> : vector<[4]xf32>
  return %0, %1, %2, %3 : vector<8xf64>, vector<8xf32>, vector<8xf32>, vector<[4]xf32>
}
