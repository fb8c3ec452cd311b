// Functions on a GPU, here the emulated one: inputs and results travel there
// and back, with the strides that a file has, as scalars, or empty.

// RUN: %python %S/Inputs/make_npy.py %t-x.npy "<f4" 2x8 3 4 -6 8 1 0.5 7 -2 5 9 11 -1 2 2 -3 4
// RUN: norm-run %s --entry=scaled --target=cuda-emulated --input=%t-x.npy --input=2.0 --output=%t-y.npy --verify | FileCheck %s --check-prefix=VERIFY
// RUN: norm-run %s --entry=scaled --input=%t-x.npy --input=2.0 --output=%t-cpu.npy
// RUN: cmp %t-y.npy %t-cpu.npy
// VERIFY: verify result 0: passed

// RUN: env LC_ALL=C sed "s/False/True /" %t-x.npy > %t-fortran.npy
// RUN: norm-run %s --entry=scaled --target=cuda-emulated --input=%t-fortran.npy --input=2.0 --output=%t-y.npy --verify
// RUN: norm-run %s --entry=scaled --input=%t-fortran.npy --input=2.0 --output=%t-cpu.npy
// RUN: cmp %t-y.npy %t-cpu.npy

// RUN: norm-run %s --entry=scaled --target=cuda-emulated --random=1 --shape=x:0x8 --verify | FileCheck %s --check-prefix=VERIFY

// As on a machine with a GPU, but for what the driver is: the image is PTX or
// machine code, and calls are captured, launched as graphs and timed by events.
// RUN: norm-opt %s --symbol-privatize=exclude=scaled --symbol-dce -o %t-scaled.mlir
// RUN: norm-compile %t-scaled.mlir --target=sm_90 -o %t.ll
// RUN: env LD_LIBRARY_PATH=%build/test/lib NORM_TEST_KERNELS=%t.ll norm-run %s --entry=scaled --target=cuda --random=1 --shape=x:4x8 --verify --bench --bench-seconds=0 | FileCheck %s --check-prefix=BENCH
// BENCH: verify result 0: passed
// BENCH: bench: {"function":"scaled","shape":[4,8],"type":"f32","target":"emulated sm_90",{{.*}}"limit":"copy on the device"

// No driver, and one for kernels of another kind.
// RUN: mkdir -p %t-none && echo none > %t-none/libcuda.so.1
// RUN: env LD_LIBRARY_PATH=%t-none not norm-run %s --entry=scaled --target=cuda --random=1 --shape=x:4x8 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: norm-run: error: --target=cuda: expected the NVIDIA driver's libcuda.so.1, which could not be opened: {{.*}}
// RUN: env LD_LIBRARY_PATH=%build/test/lib not norm-run %s --entry=scaled --target=cuda --random=1 --shape=x:4x8 2>&1 | FileCheck %s --check-prefix=IMAGE
// IMAGE: norm-run: error: {{.*}}gpu.mlir: function 'scaled': expected a GPU that runs sm_90, found 'emulated sm_90' {{.*}}cuModuleLoadDataEx failed with CUDA_ERROR_INVALID_IMAGE: {{.*}}; the image is no LLVM IR

func.func @scaled(%x: tensor<?x8xf32>, %s: f32) -> tensor<?x8xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-5) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %c = arith.constant 0 : index
  %n = tensor.dim %y, %c : tensor<?x8xf32>
  %splat = tensor.splat %s[%n] : tensor<?x8xf32>
  %z = arith.mulf %y, %splat : tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}
