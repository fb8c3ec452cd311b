// Where the programs of the CUDA toolkit are there but fail, as those of an
// older CUDA, an object holds PTX; what is asked for as machine code is an
// error.

// RUN: rm -rf %t && mkdir -p %t/bin
// RUN: printf '#!/bin/sh\necho "ptxas fatal: Unsupported .version 8.0" >&2\nexit 1\n' > %t/bin/ptxas
// RUN: printf '#!/bin/sh\nexit 0\n' > %t/bin/fatbinary
// RUN: chmod +x %t/bin/ptxas %t/bin/fatbinary
// RUN: env PATH=%t/bin norm-compile %s --target=sm_80,sm_90 -o %t/f.o 2>&1 | FileCheck %s --check-prefix=WARNING
// WARNING: warning: the kernels are embedded as PTX, which the driver compiles when it loads them: assembling PTX for sm_80 with '{{.*}}bin/ptxas' failed: ptxas fatal: Unsupported .version 8.0
// RUN: grep -a -A1 "^[.]version" %t/f.o | FileCheck %s --check-prefix=PTX
// PTX: .version 8.0
// PTX-NEXT: .target sm_80{{$}}

// RUN: not env PATH=%t/bin norm-compile %s --target=sm_90 -o %t/f.cubin 2>&1 | FileCheck %s --check-prefix=ERROR
// RUN: not env PATH=%t/bin norm-compile %s --target=sm_90 -o %t/f.fatbin 2>&1 | FileCheck %s --check-prefix=ERROR
// ERROR: norm-compile: error: assembling PTX for sm_90 with '{{.*}}bin/ptxas' failed: ptxas fatal

func.func @copy(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = norm.reciprocal %x : (tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}
