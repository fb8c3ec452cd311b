// RUN: norm-opt %s --norm-infer-shapes="args=0=16x?,weight=64 entry=f" | FileCheck %s
// RUN: not norm-opt %s --norm-infer-shapes="args=0=16x?" 2>&1 | FileCheck %s --check-prefix=ENTRY
// RUN: not norm-opt %s --norm-infer-shapes="args=0=1 entry=none" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not norm-opt %s --norm-infer-shapes="args=0=1 entry=h" 2>&1 | FileCheck %s --check-prefix=CALLED
// RUN: not norm-opt %s --norm-infer-shapes="args=7=16x? entry=f" 2>&1 | FileCheck %s --check-prefix=INDEX
// RUN: not norm-opt %s --norm-infer-shapes="args=0=16 entry=f" 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: not norm-opt %s --norm-infer-shapes="args=2=16 entry=f" 2>&1 | FileCheck %s --check-prefix=SCALAR
// RUN: not norm-opt %s --norm-infer-shapes="args=0=-1x4 entry=f" 2>&1 | FileCheck %s --check-prefix=TEXT
// RUN: not norm-opt %s --norm-infer-shapes="args=0 entry=f" 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: not norm-opt %s --norm-infer-shapes="args=0=4x8 entry=g" 2>&1 | FileCheck %s --check-prefix=STATIC
// RUN: not norm-opt %s --norm-infer-shapes="args=0=16x63,weight=64 entry=f" 2>&1 | FileCheck %s --check-prefix=CONFLICT

// ENTRY: error: expected one public function or the option entry, found f and g
// NONE: error: expected a function with a body named none, found none
// CALLED: error: expected args for a function that no other op refers to, found one that is called
// INDEX: error: expected the name or index of one of 3 arguments, found '7'
// RANK: error: expected argument '0' to be a tensor of rank 1, found 'tensor<?x?xbf16>'
// SCALAR: error: expected argument '2' to be a tensor of rank 1, found 'f32'
// TEXT: error: expected sizes such as 4096x?x8, found '-1x4'
// FORM: error: expected ARG=4096x4096, found '0'
// STATIC: error: expected size 8 in dim 1 of argument '0', found 9 in 'tensor<?x9xf32>'
// CONFLICT: error: 'norm.rmsnorm' op RMSNorm-C8: expected gamma to have the shape of the row dims [63], found 'tensor<64xf32>'

// CHECK-LABEL: func.func @f
// CHECK-SAME: (%{{.*}}: tensor<16x64xbf16>, %{{.*}}: tensor<64xf32> {norm.name = "weight"}, %{{.*}}: f32) -> tensor<16x64xbf16>
// CHECK: norm.rmsnorm {{.*}} : (tensor<16x64xbf16>, tensor<64xf32>) -> tensor<16x64xbf16>
func.func @f(%x: tensor<?x?xbf16>, %g: tensor<?xf32> {norm.name = "weight"}, %s: f32) -> tensor<?x?xbf16> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
    : (tensor<?x?xbf16>, tensor<?xf32>) -> tensor<?x?xbf16>
  return %y : tensor<?x?xbf16>
}

// CHECK-LABEL: func.func @g
// CHECK-SAME: (%{{.*}}: tensor<?x9xf32>)
func.func @g(%x: tensor<?x9xf32>) -> tensor<?x9xf32> {
  %y = call @h(%x) : (tensor<?x9xf32>) -> tensor<?x9xf32>
  return %y : tensor<?x9xf32>
}

func.func private @h(%x: tensor<?x9xf32>) -> tensor<?x9xf32> {
  return %x : tensor<?x9xf32>
}
