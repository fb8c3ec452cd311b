// If one of the output and the header cannot be written, neither is.

// RUN: rm -rf %t && mkdir -p %t/folder.h && echo old > %t/kept.o && echo old > %t/kept.h

// RUN: not norm-compile %s -o %t/kept.o --header=%t/none/f.h 2>&1 \
// RUN:   | FileCheck %s --check-prefix=MISSING
// MISSING: norm-compile: error: {{.*}}none/f.h: No such file or directory
// RUN: not norm-compile %s -o %t/kept.o --header=%t/folder.h 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FOLDER
// FOLDER: norm-compile: error: {{.*}}folder.h: Is a directory
// RUN: not norm-compile %s -o %t/kept.o --header=/dev/full 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FULL
// FULL: norm-compile: error: /dev/full: No space left on device
// RUN: not norm-compile %s -o %t/none/f.o --header=%t/kept.h 2>&1 \
// RUN:   | FileCheck %s --check-prefix=OBJECT
// OBJECT: norm-compile: error: {{.*}}none/f.o: No such file or directory
// RUN: not norm-compile %s -o /dev/full --emit=obj --header=%t/kept.h 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FULL
// RUN: ln -s kept.o %t/link.o
// RUN: not norm-compile %s -o %t/kept.o --header=%t/link.o 2>&1 \
// RUN:   | FileCheck %s --check-prefix=SAME
// SAME: norm-compile: error: {{.*}}link.o: expected another file for the header

// RUN: cat %t/kept.o %t/kept.h | FileCheck %s --check-prefix=KEPT
// KEPT: old
// KEPT-NEXT: old
// RUN: find %t -type f | count 2

func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}
