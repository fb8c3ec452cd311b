// f16 is converted by instructions of the CPU, on whole vectors.

// DEFINE: %{loops} = %python %S/Inputs/assembly_loops.py
// RUN: norm-compile %s -o %t-v3.s --triple=x86_64-linux-gnu --cpu=x86-64-v3
// RUN: FileCheck %s --check-prefix=V3 --input-file=%t-v3.s --implicit-check-not=__extendhfsf2 --implicit-check-not=__truncsfhf2
// V3-LABEL: {{^}}f.unit_stride.rows0:
// V3: vcvtph2ps {{.*}}, %ymm
// V3: vcvtps2ph {{.*}}%ymm
// RUN: %{loops} < %t-v3.s | grep -v strided | FileCheck %s --check-prefix=V3-LOOPS --implicit-check-not=calls={{[^0]}}
// V3-LOOPS: ymm fma=8 nontemporal=0 masked=0 half=8 calls=0 stack=0
// V3-LOOPS: ymm fma=0 {{.*}} half=8 calls=0 stack=0

// RUN: norm-compile %s -o - --emit=asm --triple=x86_64-linux-gnu --cpu=x86-64-v4 \
// RUN:   | %{loops} | grep -v strided | FileCheck %s --check-prefix=V4-LOOPS --implicit-check-not=calls={{[^0]}}
// V4-LOOPS: zmm fma=4 nontemporal=0 masked=0 half=4 calls=0 stack=0
// V4-LOOPS: zmm fma=0 {{.*}} half={{8|16}} calls=0 stack=0
// V4-LOOPS: zmm fma=0 nontemporal=0 masked=8 half=8 calls=0 stack=0

// With AVX512-FP16 LLVM has no stores of halves past the caches.
// RUN: norm-compile %s -o - --emit=asm --triple=x86_64-linux-gnu --cpu=sapphirerapids \
// RUN:   | %{loops} | grep -v strided | FileCheck %s --check-prefix=FP16-LOOPS
// FP16-LOOPS: zmm fma=0 nontemporal=2 {{.*}} half=

// RUN: norm-compile %s -o - --emit=asm --triple=aarch64-linux-gnu \
// RUN:   | %{loops} | grep -v strided | FileCheck %s --check-prefix=ARM-LOOPS --implicit-check-not=calls={{[^0]}}
// ARM-LOOPS: q fma=16 nontemporal=0 masked=0 half=16 calls=0 stack=0
// ARM-LOOPS: q fma=0 nontemporal=2 {{.*}} half=16 calls=0 stack=0

func.func @f(%x: tensor<?x?xf16>, %g: tensor<?xf32>) -> tensor<?x?xf16> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6) : (tensor<?x?xf16>, tensor<?xf32>) -> tensor<?x?xf16>
  return %y : tensor<?x?xf16>
}
