// Machine code for one GPU, and for several with PTX for later ones.

// REQUIRES: ptxas
// RUN: norm-compile %s --target=sm_90 -o %t.cubin
// RUN: llvm-readobj --file-headers --symbols %t.cubin | FileCheck %s --check-prefix=CUBIN
// CUBIN: Machine: EM_CUDA
// CUBIN: .text.copy_unit_stride_0

// RUN: norm-compile %s --target=sm_80,sm_90,sm_100 -o %t.fatbin
// RUN: %python -c "import re, sys; data = open(sys.argv[1], 'rb').read(); print(hex(int.from_bytes(data[:4], 'little')))" %t.fatbin | FileCheck %s --check-prefix=FATBIN
// FATBIN: 0xba55ed50

// A cubin has no room for a second GPU.
// RUN: not norm-compile %s --target=sm_80,sm_90 -o %t.cubin 2>&1 | FileCheck %s --check-prefix=ONE
// ONE: norm-compile: error: a cubin is for one GPU, found sm_80,sm_90; a fatbin has several

func.func @copy(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = norm.reciprocal %x : (tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}
