// RUN: norm-opt %s --norm-overlap-launches | FileCheck %s
// RUN: norm-opt %s --norm-overlap-launches --norm-lower-launches | FileCheck %s --check-prefix=CALLS

module attributes {gpu.container_module} {

gpu.module @kernels {
  // CHECK-LABEL: gpu.func @first
  // CHECK-NEXT: nvvm.griddepcontrol launch_dependents
  // CHECK: memref.store
  gpu.func @first(%x: memref<4xf32>) kernel {
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    memref.store %zero, %x[%c0] : memref<4xf32>
    gpu.return
  }
  // CHECK-LABEL: gpu.func @second
  // CHECK-NEXT: nvvm.griddepcontrol launch_dependents
  // CHECK-NEXT: nvvm.griddepcontrol wait
  // CHECK-NEXT: gpu.return
  gpu.func @second() kernel {
    gpu.return
  }
  // CHECK-LABEL: gpu.func @third
  // CHECK-NEXT: nvvm.griddepcontrol wait
  // CHECK-NEXT: gpu.return
  gpu.func @third() kernel {
    gpu.return
  }
  // The function has no other kernel.
  // CHECK-LABEL: gpu.func @alone
  // CHECK-NEXT: gpu.return
  gpu.func @alone() kernel {
    gpu.return
  }
}

// CHECK-LABEL: func.func private @several
// CHECK: gpu.launch_func @kernels::@first {{.*}}(%{{.*}} : memref<4xf32>){{$}}
// CHECK: gpu.launch_func @kernels::@second {{.*}} {norm.dependent}
// CHECK: gpu.launch_func @kernels::@third {{.*}} {norm.dependent}
// CALLS-LABEL: func.func private @several
// CALLS: llvm.call @norm_cuda_launch(
// CALLS: llvm.call @norm_cuda_launch_dependent(
// CALLS: llvm.call @norm_cuda_launch_dependent(
func.func private @several(%n: index, %x: memref<4xf32>, %call: !llvm.ptr) -> i32 {
  %c1 = arith.constant 1 : index
  gpu.launch_func @kernels::@first blocks in (%n, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : memref<4xf32>)
  gpu.launch_func @kernels::@second blocks in (%n, %c1, %c1) threads in (%c1, %c1, %c1)
  gpu.launch_func @kernels::@third blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// CALLS-LABEL: func.func private @one
// CALLS: llvm.call @norm_cuda_launch(
func.func private @one(%call: !llvm.ptr) -> i32 {
  %c1 = arith.constant 1 : index
  gpu.launch_func @kernels::@alone blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
  %ok = arith.constant 0 : i32
  return %ok : i32
}


// One branch runs; the last kernel comes behind either.
// CHECK-LABEL: func.func private @branches
// CHECK: scf.if
// CHECK: gpu.launch_func @branch_kernels::@then
// CHECK-NOT: norm.dependent
// CHECK: else
// CHECK: gpu.launch_func @branch_kernels::@else
// CHECK-NOT: norm.dependent
// CHECK: gpu.launch_func @branch_kernels::@last {{.*}} {norm.dependent}
func.func private @branches(%c: i1, %call: !llvm.ptr) -> i32 {
  %c1 = arith.constant 1 : index
  scf.if %c {
    gpu.launch_func @branch_kernels::@then blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
  } else {
    gpu.launch_func @branch_kernels::@else blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
  }
  gpu.launch_func @branch_kernels::@last blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// CHECK-LABEL: gpu.module @branch_kernels
// CHECK: gpu.func @then
// CHECK-NEXT: nvvm.griddepcontrol launch_dependents
// CHECK-NEXT: gpu.return
// CHECK: gpu.func @else
// CHECK-NEXT: nvvm.griddepcontrol launch_dependents
// CHECK-NEXT: gpu.return
// CHECK: gpu.func @last
// CHECK-NEXT: nvvm.griddepcontrol wait
// CHECK-NEXT: gpu.return
gpu.module @branch_kernels {
  gpu.func @then() kernel {
    gpu.return
  }
  gpu.func @else() kernel {
    gpu.return
  }
  gpu.func @last() kernel {
    gpu.return
  }
}

}
