// RUN: %python %S/Inputs/make_npy.py %t-x.npy "<f4" 2x2 3 4 -6 8

// RUN: not norm-run %s --entry=f --target=tpu 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: norm-run: error: --target=tpu: expected cpu, cuda or cuda-emulated

// RUN: not norm-run %s --entry=f --target=cuda-emulated --lowering=affine 2>&1 | FileCheck %s --check-prefix=GPU-LOWERING
// GPU-LOWERING: norm-run: error: --lowering=affine: expected vector with --target=cuda-emulated

// RUN: not norm-run %s --entry=f --target=cuda --threads=2 2>&1 | FileCheck %s --check-prefix=GPU-THREADS
// GPU-THREADS: norm-run: error: --threads=2: expected none with --target=cuda

// RUN: not norm-run %s --entry=f --target=cuda-emulated --bench 2>&1 | FileCheck %s --check-prefix=GPU-BENCH
// GPU-BENCH: norm-run: error: --bench: expected --target=cuda or cpu, found cuda-emulated: the emulator measures nothing

// RUN: not norm-run %s --entry=f --threads=0 2>&1 | FileCheck %s --check-prefix=THREADS
// THREADS: norm-run: error: --threads=0: expected 1

// RUN: not norm-run %s --entry=f --random=-3 2>&1 | FileCheck %s --check-prefix=SEED
// SEED: norm-run: error: --random=-3: expected an integer from 0 to 2^64 - 1
// RUN: not norm-run %s --entry=f --cache-dir=%t --cache-bytes=1k 2>&1 | FileCheck %s --check-prefix=BYTES
// BYTES: norm-run: error: --cache-bytes=1k: expected an integer from 0 to 2^64 - 1
// RUN: not norm-run %s --entry=f --bench --bench-seconds=soon 2>&1 | FileCheck %s --check-prefix=SECONDS
// RUN: not norm-run %s --entry=f --threads=two 2>&1 | FileCheck %s --check-prefix=THREADS-TEXT
// THREADS-TEXT: norm-run: error: --threads=two: expected 1 to 4096 threads

// An empty value is never the default.
// RUN: not norm-run %s --entry= --random=1 2>&1 | FileCheck %s --check-prefix=EMPTY -DOPTION=--entry
// RUN: not norm-run %s --entry=f --input= 2>&1 | FileCheck %s --check-prefix=EMPTY -DOPTION=--input
// RUN: not norm-run %s --entry=f --random=1 --output= 2>&1 | FileCheck %s --check-prefix=EMPTY -DOPTION=--output
// RUN: not norm-run %s --entry=f --random=1 --target= 2>&1 | FileCheck %s --check-prefix=EMPTY -DOPTION=--target
// RUN: not norm-run %s --entry=f --random=1 --shape= 2>&1 | FileCheck %s --check-prefix=EMPTY -DOPTION=--shape
// EMPTY: norm-run: error: [[OPTION]]: expected a value, found none

// RUN: not norm-run %s --entry=f --bench --bench-seconds=nan 2>&1 | FileCheck %s --check-prefix=SECONDS
// RUN: not norm-run %s --entry=f --bench --bench-seconds=-1 2>&1 | FileCheck %s --check-prefix=SECONDS
// RUN: not norm-run %s --entry=f --bench --bench-seconds=inf 2>&1 | FileCheck %s --check-prefix=SECONDS
// SECONDS: norm-run: error: --bench-seconds={{.+}}: expected a number of seconds >= 0

// What has no effect is no option.
// RUN: not norm-run %s --entry=f --bench-seconds=2 2>&1 | FileCheck %s --check-prefix=NO-BENCH
// NO-BENCH: norm-run: error: --bench-seconds: expected --bench with it, found none
// RUN: not norm-run %s --entry=f --cache-bytes=9 2>&1 | FileCheck %s --check-prefix=NO-CACHE
// NO-CACHE: norm-run: error: --cache-bytes: expected --cache-dir with it, found none

// RUN: not norm-run %s --nope 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: norm-run: error: Unknown command line argument '--nope'
// RUN: not norm-run 2>&1 | FileCheck %s --check-prefix=NO-SOURCE
// NO-SOURCE: norm-run: error: Not enough positional command line arguments

// RUN: not norm-run %t-none.mlir 2>&1 | FileCheck %s --check-prefix=SOURCE
// SOURCE: norm-run: error: {{.*}}none.mlir: {{.*}}o such file

// RUN: not norm-run %s 2>&1 | FileCheck %s --check-prefix=SEVERAL
// SEVERAL: norm-run: error: {{.*}}invalid-options.mlir: expected one public function, or --entry=NAME with one of several, found the functions f, scaled

// RUN: not norm-run %s --entry=helper 2>&1 | FileCheck %s --check-prefix=ENTRY
// ENTRY: norm-run: error: {{.*}}invalid-options.mlir: expected a public function 'helper', found the functions f, scaled

// RUN: not norm-run %s --entry=f 2>&1 | FileCheck %s --check-prefix=FEW
// FEW: expected 1 inputs for @f, or --random=SEED to make those not given, found 0

// RUN: not norm-run %s --entry=f --input=%t-x.npy --input=%t-x.npy 2>&1 | FileCheck %s --check-prefix=MANY
// MANY: expected 1 inputs for @f, found 2

// RUN: not norm-run %s --entry=f --input=%t-x.npy --output=%t-1.npy --output=%t-2.npy 2>&1 | FileCheck %s --check-prefix=OUTPUTS
// OUTPUTS: expected 1 outputs for the results of @f, found 2

// RUN: not norm-run %s --entry=f --input=%t-x.npy --output=%t-1.npy --output=%t-1.npy 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not norm-run %s --entry=f --input=%t-x.npy --output=%t-1.npy --output=/.%t-1.npy 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: norm-run: error: --output={{.*}}-1.npy: the same file is given for two results

// RUN: cp %s %t.mlir
// RUN: not norm-run %t.mlir --entry=f --input=%t-x.npy --output=%t.mlir 2>&1 | FileCheck %s --check-prefix=OVER-SOURCE
// RUN: diff %s %t.mlir
// OVER-SOURCE: norm-run: error: --output={{.*}}.mlir: expected another file than the source

// RUN: not norm-run %s --entry=f --random=1 2>&1 | FileCheck %s --check-prefix=OPEN
// OPEN: norm-run: error: expected --shape=x:SIZES for the open sizes of ?x2xf32, argument 0 (x) of @f

// RUN: not norm-run %s --entry=f --random=1 --shape=4x2 2>&1 | FileCheck %s --check-prefix=COLON
// COLON: norm-run: error: --shape=4x2: expected ARG:SIZExSIZE..

// RUN: not norm-run %s --entry=f --random=1 --shape=z:4x2 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: norm-run: error: --shape=z:4x2: expected one of the arguments x, found 'z'

// RUN: not norm-run %s --entry=f --random=1 --shape=1:4x2 2>&1 | FileCheck %s --check-prefix=NUMBER
// NUMBER: norm-run: error: --shape=1:4x2: expected an argument below 1, found 1

// RUN: not norm-run %s --entry=f --random=1 --shape=x:4xq 2>&1 | FileCheck %s --check-prefix=SIZE
// SIZE: norm-run: error: --shape=x:4xq: expected sizes >= 0 with 'x' between them, found 'q'

// RUN: not norm-run %s --entry=f --random=1 --shape=x:4x-2 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: expected sizes >= 0 with 'x' between them, found '-2'

// RUN: not norm-run %s --entry=f --random=1 --shape=x:4x3 2>&1 | FileCheck %s --check-prefix=FIT
// FIT: norm-run: error: --shape=x:4x3: expected a shape that fits ?x2xf32, found 4x3 for argument 0 (x) of @f

// RUN: not norm-run %s --entry=f --random=1 --shape=x:4x2 --shape=0:4x2 2>&1 | FileCheck %s --check-prefix=SAME
// SAME: norm-run: error: --shape=0:4x2: --shape=x:4x2 is for the same argument

// RUN: not norm-run %s --entry=f --input=%t-x.npy --shape=x:4x2 2>&1 | FileCheck %s --check-prefix=GIVEN
// GIVEN: norm-run: error: --shape=x:4x2: expected the shape of {{.*}}-x.npy, 2x2

// RUN: not norm-run %s --entry=f --random=1 --shape=x:4611686018427387904x2 2>&1 | FileCheck %s --check-prefix=HUGE
// HUGE: norm-run: error: argument 0 (x) of @f: expected a tensor of less than 2^63 bytes

// RUN: not norm-run %s --entry=scaled --input=%t-x.npy --input=1.5x 2>&1 | FileCheck %s --check-prefix=SCALAR
// SCALAR: norm-run: error: --input=1.5x: expected a number of type f32, found '1.5x' for argument 1 (s) of @scaled

// RUN: not norm-run %s --entry=scaled --random=1 --shape=s:2 2>&1 | FileCheck %s --check-prefix=RANK
// RANK: norm-run: error: --shape=s:2: expected a tensor, found argument 1 (s) of @scaled, a scalar

func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %y = norm.rmsnorm %x axis(-1) epsilon(0.0)
    : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

func.func @scaled(%x: tensor<2x2xf32>, %s: f32) -> tensor<2x2xf32> {
  %t = tensor.splat %s : tensor<2x2xf32>
  %z = arith.mulf %x, %t : tensor<2x2xf32>
  %y = norm.rmsnorm %z axis(-1) epsilon(0.0)
    : (tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

func.func private @helper(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}
