// PTX of kernels without rows: accesses of 16 bytes, 4 of each operand in a turn, and
// element by element what is left over (as few as one access less a turn has), with
// the same arithmetic.

// RUN: norm-compile %s --target=sm_90 -o %t.ptx
// RUN: FileCheck %s --check-prefix=TEXT --input-file=%t.ptx --implicit-check-not=.local --implicit-check-not=.extern --implicit-check-not=call --implicit-check-not=div.approx --implicit-check-not=div.full
// TEXT: .target sm_90
// RUN: %python %S/Inputs/ptx_instructions.py < %t.ptx | FileCheck %s

// CHECK: {{^}}exact_unit_stride_0: ld.global.b32=12 ld.global.v4.b32=8 rcp.rn.f32=32 st.global.b32=12 st.global.v4.b32=8{{$}}
func.func @exact(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = norm.reciprocal %x : (tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// CHECK: {{^}}exact_bf16_unit_stride_0: ld.global.b16=28 ld.global.v4.b32=8 rcp.rn.f32=64 st.global.b16=28 st.global.v4.b32=8{{$}}
func.func @exact_bf16(%x: tensor<?xbf16>) -> tensor<?xbf16> {
  %y = norm.reciprocal %x : (tensor<?xbf16>) -> tensor<?xbf16>
  return %y : tensor<?xbf16>
}

// CHECK: {{^}}grad_unit_stride_0: ld.global.b32=24 ld.global.v4.b32=16 mul.rn.f32=64 st.global.b32=12 st.global.v4.b32=8{{$}}
func.func @grad(%y: tensor<?xf32>, %dy: tensor<?xf32>) -> tensor<?xf32> {
  %dx = norm.reciprocal_grad %y, %dy : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %dx : tensor<?xf32>
}
