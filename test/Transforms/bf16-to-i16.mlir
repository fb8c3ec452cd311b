// RUN: norm-opt %s --norm-bf16-to-i16 | FileCheck %s
// Types, constants and functions: no bf16 is left, and no cast of i16 to i16.
// RUN: norm-opt %s --norm-bf16-to-i16 | FileCheck %s --check-prefix=NO --implicit-check-not=bf16
// NO: llvm.func

// CHECK: llvm.func @f(%[[P:.*]]: !llvm.ptr, %[[V:.*]]: vector<8xi16>) -> vector<8xi16>
llvm.func @f(%p: !llvm.ptr, %v: vector<8xbf16>) -> vector<8xbf16> {
  // 1.0 in bf16.
  // CHECK-DAG: llvm.mlir.constant(16256 : i16) : i16
  // CHECK-DAG: %[[C:.*]] = llvm.mlir.constant(dense<16256> : vector<8xi16>) : vector<8xi16>
  %s = llvm.mlir.constant(1.0 : bf16) : bf16
  %c = llvm.mlir.constant(dense<1.0> : vector<8xbf16>) : vector<8xbf16>
  // CHECK: %[[L:.*]] = llvm.load %[[P]] : !llvm.ptr -> vector<8xi16>
  %l = llvm.load %p : !llvm.ptr -> vector<8xbf16>
  // CHECK-NOT: llvm.bitcast
  // CHECK: %[[A:.*]] = llvm.add %[[L]], %[[L]] : vector<8xi16>
  %i = llvm.bitcast %l : vector<8xbf16> to vector<8xi16>
  %a = llvm.add %i, %i : vector<8xi16>
  %b = llvm.bitcast %a : vector<8xi16> to vector<8xbf16>
  // CHECK: %[[M:.*]] = llvm.icmp "eq" %[[A]], %[[L]]
  %m = llvm.icmp "eq" %a, %i : vector<8xi16>
  // CHECK: %[[R:.*]] = llvm.select %[[M]], %[[A]], %[[C]] : vector<8xi1>, vector<8xi16>
  %r = llvm.select %m, %b, %c : vector<8xi1>, vector<8xbf16>
  llvm.store %s, %p : bf16, !llvm.ptr
  llvm.return %r : vector<8xbf16>
}
