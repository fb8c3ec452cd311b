// The blocks of a long row are a cluster for sm_90 and later: they read it, wait, and
// read it again for the results, whatever the number of rows.

// RUN: norm-compile %s --target=sm_90 -o - --emit=ptx | FileCheck %s
// CHECK-LABEL: .entry rows_unit_stride_0(
// CHECK-NOT: .entry rows_unit_stride_1(
// CHECK: st.global.b32
// CHECK-NOT: bar.sync
// CHECK: barrier.cluster.arrive.aligned;
// CHECK-NEXT: barrier.cluster.wait.aligned;
// CHECK: ld.global.b32
// CHECK-NOT: .entry rows_unit_stride_1(

// RUN: norm-compile %s --target=sm_90 --stop-after=gpu --emit=mlir -o - | FileCheck %s --check-prefix=LAUNCH
// LAUNCH: gpu.launch_func @norm.kernels::@rows_unit_stride_0 clusters in (%c8, %c1, %c1) blocks in (%{{.*}}, %c1, %c1) threads in (%c1024, %c1, %c1)

// sm_80 has none: a row has a block, or chunks in two kernels where rows are few.
// RUN: norm-compile %s --target=sm_80,sm_90 --stop-after=gpu --emit=mlir -o - | FileCheck %s --check-prefix=OLD --implicit-check-not=cluster
// OLD: gpu.launch_func @norm.kernels::@rows_unit_stride_0 blocks in
// OLD: gpu.launch_func @norm.kernels::@rows_unit_stride_1 blocks in
// OLD: gpu.launch_func @norm.kernels::@rows_unit_stride_2 blocks in
func.func @rows(%x: tensor<?x262144xf32>) -> tensor<?x262144xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x262144xf32>) -> tensor<?x262144xf32>
  return %y : tensor<?x262144xf32>
}
