// A limit on the size of files stands for a full disk: each kind of output is
// an error, what was there stays, and nothing is half written.

// RUN: rm -rf %t && mkdir %t && echo old > %t/out && echo old > %t/f.h

// RUN: ulimit -f 512
// RUN: not norm-compile %s -o %t/out --emit=mlir --stop-after=llvm 2>&1 | FileCheck %s
// RUN: not norm-compile %s -o %t/out --emit=llvm 2>&1 | FileCheck %s
// RUN: not norm-compile %s -o %t/out --emit=asm 2>&1 | FileCheck %s
// RUN: not norm-compile %s -o %t/out --emit=obj 2>&1 | FileCheck %s
// CHECK: norm-compile: error: {{.*}}/out: File too large

// The linker gets its input, but cannot write the library.
// RUN: not norm-compile %s -o %t/out --emit=shared 2>&1 | FileCheck %s --check-prefix=INPUT
// INPUT: norm-compile: error: {{.*}}kernels.o: File too large
// RUN: ulimit -f 3800
// RUN: not norm-compile %s -o %t/out --emit=shared 2>&1 | FileCheck %s --check-prefix=LINK
// LINK: norm-compile: error: linking a shared library for {{.*}} failed: {{.*(limit|too large).*}}

// The module is small enough, the header is not; and later stages are not.
// RUN: ulimit -f 1024
// RUN: not norm-compile %s -o %t/out --emit=mlir --stop-after=norm --header=%t/f.h 2>&1 | FileCheck %s --check-prefix=HEADER
// HEADER: norm-compile: error: {{.*}}/f.h: File too large
// RUN: not norm-compile %s -o %t/out --emit=obj --dump-stages=%t/dumps 2>&1 | FileCheck %s --check-prefix=DUMPS
// DUMPS: norm-compile: error: {{.*}}/dumps/{{.*}}.mlir: File too large

// RUN: ulimit -f unlimited
// RUN: cat %t/out %t/f.h | FileCheck %s --check-prefix=KEPT
// KEPT: old
// KEPT-NEXT: old
// RUN: find %t -name 'norm-*' | count 0
// RUN: find %t -type f -not -path '*/dumps/*' | count 2
// RUN: norm-opt %t/dumps/01-norm.mlir -o %t/whole.mlir

func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}
