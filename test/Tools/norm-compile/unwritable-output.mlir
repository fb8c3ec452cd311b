// An output that cannot be written is an error, and what was there stays.

// RUN: rm -rf %t && mkdir -p %t/folder.mlir && echo old > %t/kept.mlir

// RUN: not norm-compile %s -o %t/none/out.mlir --stop-after=norm 2>&1 \
// RUN:   | FileCheck %s --check-prefix=MISSING
// MISSING: norm-compile: error: {{.*}}none/out.mlir: No such file or directory

// RUN: not norm-compile %s -o %t/folder.mlir --stop-after=norm 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FOLDER
// FOLDER: norm-compile: error: {{.*}}folder.mlir: Is a directory

// A folder in which nobody, not even root, may make a file.
// RUN: not norm-compile %s -o /proc/out.mlir --stop-after=norm 2>&1 \
// RUN:   | FileCheck %s --check-prefix=UNWRITABLE
// RUN: not norm-compile %s -o %t/kept.mlir --stop-after=norm --header=/proc/out.h 2>&1 \
// RUN:   | FileCheck %s --check-prefix=UNWRITABLE
// RUN: not norm-compile %s -o %t/kept.mlir --stop-after=norm --dump-stages=/proc 2>&1 \
// RUN:   | FileCheck %s --check-prefix=UNWRITABLE
// UNWRITABLE: norm-compile: error: /proc/{{(out|01-norm)\.(mlir|h)}}: {{.+}}

// RUN: not norm-compile %s -o /dev/full --emit=mlir --stop-after=norm 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FULL
// FULL: norm-compile: error: /dev/full: No space left on device

// RUN: not norm-compile %s -o - --emit=mlir --stop-after=norm 2>&1 > /dev/full \
// RUN:   | FileCheck %s --check-prefix=STDOUT
// STDOUT: norm-compile: error: standard output: No space left on device

// RUN: not norm-compile %s -o %t/kept.mlir --stop-after=norm \
// RUN:   --dump-stages=/dev/null/dumps 2>&1 | FileCheck %s --check-prefix=DUMPS
// DUMPS: norm-compile: error: /dev/null/dumps: Not a directory

// RUN: cat %t/kept.mlir | FileCheck %s --check-prefix=KEPT
// KEPT: old

// RUN: find %t -type f | count 1

func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}
