// A C and a C++ program call an object file with the static runtime, a shared
// library with the shared runtime, and one with the static runtime in it. They
// are compiled by the compilers of this build and by those of the machine,
// without a warning.

// RUN: rm -rf %t && mkdir %t
// RUN: norm-compile %s -o %t/kernels.o --header=%t/kernels.h
// RUN: norm-compile %s -o %t/libkernels.so
// RUN: norm-compile %s -o %t/libwhole.so --runtime=static

// RUN: %cc -c -std=c11 -Wall -Wextra -Wpedantic -Werror -I %t -I %S/../../include %S/Inputs/call.c -o %t/c.o
// RUN: cc -c -std=c11 -Wall -Wextra -Wpedantic -Werror -I %t -I %S/../../include %S/Inputs/call.c -o %t/machine-c.o
// RUN: %cxx -c -std=c++17 -Wall -Wextra -Wpedantic -Werror -I %t -I %S/../../include %S/Inputs/call.cpp -o %t/cxx.o
// RUN: c++ -c -std=c++17 -Wall -Wextra -Wpedantic -Werror -I %t -I %S/../../include %S/Inputs/call.cpp -o %t/machine-cxx.o

// RUN: cc %t/machine-c.o %t/kernels.o %build/lib/libnorm_runtime.a -lpthread -lm -o %t/c-object
// RUN: %t/c-object | FileCheck %s
// RUN: %cxx %t/cxx.o %t/kernels.o %build/lib/libnorm_runtime.a -lpthread -lm -o %t/cxx-object
// RUN: %t/cxx-object | FileCheck %s

// RUN: %cc %t/c.o -L%t -lkernels -L%build/lib -lnorm_runtime -lm -Wl,-rpath,%t:%build/lib -o %t/c-shared
// RUN: %t/c-shared | FileCheck %s
// RUN: c++ %t/machine-cxx.o -L%t -lkernels -L%build/lib -lnorm_runtime -Wl,-rpath,%t:%build/lib -o %t/cxx-shared
// RUN: %t/cxx-shared | FileCheck %s

// RUN: cc %t/c.o -L%t -lwhole -lm -Wl,-rpath,%t -o %t/c-whole
// RUN: %t/c-whole | FileCheck %s

// The affine lowering has the same calling convention.
// RUN: norm-compile %s -o %t/affine.o --lowering=affine
// RUN: cc %t/machine-c.o %t/affine.o %build/lib/libnorm_runtime.a -lpthread -lm -o %t/c-affine
// RUN: %t/c-affine | FileCheck %s

// CHECK: {{^}}0 failures

module @kernels {
  func.func @rms(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
    %y = norm.rmsnorm %x axis(1) epsilon(0.0)
      : (tensor<?x2xf32>) -> tensor<?x2xf32>
    return %y : tensor<?x2xf32>
  }
  func.func @add(%a: f64, %n: i64) -> f64 {
    %b = arith.sitofp %n : i64 to f64
    %sum = arith.addf %a, %b : f64
    return %sum : f64
  }
}
