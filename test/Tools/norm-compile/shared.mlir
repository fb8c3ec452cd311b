// A shared library exports the calling convention and needs no LLVM; what
// keeps it from being linked is an error.

// RUN: rm -rf %t && mkdir %t
// RUN: norm-compile %s -o %t/libk.so
// RUN: llvm-nm --dynamic --defined-only %t/libk.so \
// RUN:   | FileCheck %s --check-prefix=EXPORTS --implicit-check-not='{{ [A-Z] }}'
// RUN: llvm-readobj --dynamic-table %t/libk.so | FileCheck %s --check-prefix=NEEDS
// EXPORTS: T _mlir_ciface_f{{$}}
// EXPORTS-NEXT: T norm_shape_f{{$}}
// NEEDS-DAG: SONAME Library soname: [libk.so]
// NEEDS-DAG: RUNPATH Library runpath: [$ORIGIN]
// NEEDS-DAG: NEEDED Shared library: [libnorm_runtime.so]
// NEEDS-NOT: LLVM
// NEEDS-NOT: MLIR

// RUN: norm-compile %s -o %t/libcc.so --linker=cc
// RUN: llvm-nm --dynamic --defined-only %t/libcc.so \
// RUN:   | FileCheck %s --check-prefix=EXPORTS --implicit-check-not='{{ [A-Z] }}'

// RUN: norm-compile %s -o %t/whole --emit=shared --runtime=static
// RUN: llvm-nm --dynamic --defined-only %t/whole \
// RUN:   | FileCheck %s --check-prefix=WHOLE --implicit-check-not=_Z
// RUN: llvm-readobj --dynamic-table %t/whole | FileCheck %s --check-prefix=ALONE
// WHOLE-DAG: T _mlir_ciface_f{{$}}
// WHOLE-DAG: T norm_shape_f{{$}}
// WHOLE-DAG: T norm_last_error{{$}}
// WHOLE-DAG: T norm_set_parallel_for{{$}}
// ALONE-NOT: libnorm_runtime

// RUN: echo old > %t/kept.so
// RUN: not norm-compile %s -o %t/kept.so --linker=no-such-linker 2>&1 \
// RUN:   | FileCheck %s --check-prefix=LINKER
// LINKER: norm-compile: error: the linker 'no-such-linker' was not found
// RUN: not norm-compile %s -o %t/kept.so --runtime-dir=%t/none 2>&1 \
// RUN:   | FileCheck %s --check-prefix=RUNTIME
// RUNTIME: norm-compile: error: {{.*}}none/libnorm_runtime.so: the runtime library to link with is missing
// RUN: not norm-compile %s -o %t/kept.so --triple=aarch64-linux-gnu --header=%t/none.h 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FOREIGN
// FOREIGN: norm-compile: error: linking a shared library for aarch64-unknown-linux-gnu with '{{.*}}' failed: {{.}}
// RUN: not norm-compile %s -o %t/kept.so --linker=false 2>&1 \
// RUN:   | FileCheck %s --check-prefix=SILENT
// SILENT: norm-compile: error: linking a shared library for {{.*}} with '{{.*}}false' failed: exit code 1
// RUN: not env TMPDIR=%t/none norm-compile %s -o %t/kept.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TEMPORARY
// TEMPORARY: norm-compile: error: no folder for temporary files: No such file or directory
// RUN: FileCheck %s --check-prefix=KEPT --input-file=%t/kept.so
// KEPT: old
// RUN: find %t -type f | count 4

func.func @f(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6)
    : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %z = math.tanh %y : tensor<?x64xf32>
  return %z : tensor<?x64xf32>
}
