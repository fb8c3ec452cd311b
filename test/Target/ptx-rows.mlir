// PTX of kernels with a row in registers: every access has 16 bytes, each operand is
// read once, sums go through shuffles and one exchange of the warps, and there are no
// calls, approximations or accesses to local memory.

// RUN: norm-compile %s --target=sm_90 -o %t.ptx
// RUN: FileCheck %s --check-prefix=TEXT --input-file=%t.ptx --implicit-check-not=.local --implicit-check-not=.extern --implicit-check-not=call --implicit-check-not=.approx --implicit-check-not=div.full
// TEXT: .target sm_90

// RUN: %python %S/Inputs/ptx_instructions.py < %t.ptx | FileCheck %s

// 256 threads have 4 accesses each of x, gamma and y. The squares of 16 elements are
// fused with their sum, all else is rounded. 5 shuffles join a warp, 3 the 8 warps.
// CHECK: {{^}}f32_unit_stride_0: add.rn.f32=24 bar.sync=2 fma.rn.f32=16 ld.global.v4.b32=8 ld.shared.b32=1 mul.rn.f32=33 rcp.rn.f32=1 shfl.sync.bfly.b32=8 sqrt.rn.f32=1 st.global.v4.b32=4 st.shared.b32=1{{$}}
func.func @f32(%x: tensor<?x4096xf32>, %g: tensor<4096xf32>) -> tensor<?x4096xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6)
    : (tensor<?x4096xf32>, tensor<4096xf32>) -> tensor<?x4096xf32>
  return %y : tensor<?x4096xf32>
}

// 4 warps, each access has 8 elements.
// CHECK: {{^}}bf16_unit_stride_0: add.rn.f32=39 bar.sync=2 fma.rn.f32=32 ld.global.v4.b32=8 ld.shared.b32=1 mul.rn.f32=65 rcp.rn.f32=1 shfl.sync.bfly.b32=7 sqrt.rn.f32=1 st.global.v4.b32=4 st.shared.b32=1{{$}}
func.func @bf16(%x: tensor<?x4096xbf16>, %g: tensor<4096xbf16>) -> tensor<?x4096xbf16> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6)
    : (tensor<?x4096xbf16>, tensor<4096xbf16>) -> tensor<?x4096xbf16>
  return %y : tensor<?x4096xbf16>
}

// A row that part of a warp has needs neither shared memory nor barriers.
// CHECK: {{^}}narrow_unit_stride_0: add.rn.f32=19 fma.rn.f32=16 ld.global.v4.b32=4 mul.rn.f32=33 rcp.rn.f32=1 shfl.sync.bfly.b32=3 sqrt.rn.f32=1 st.global.v4.b32=2{{$}}
func.func @narrow(%x: tensor<?x128xbf16>, %g: tensor<128xbf16>) -> tensor<?x128xbf16> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6)
    : (tensor<?x128xbf16>, tensor<128xbf16>) -> tensor<?x128xbf16>
  return %y : tensor<?x128xbf16>
}

// Three operands of 8 elements are loaded before the loop over the rows and again in
// it, each with the rrms; dx and the partial sums, which have f32, are stored. The
// kernel behind it adds the partial sums.
// CHECK: {{^}}grad_unit_stride_0: {{.*}} bar.sync=2 fma.rn.f32=8 ld.global.b32=2 ld.global.v4.b32=12 {{.*}} st.global.v4.b32=4 st.shared.b32=1 sub.rn.f32=8{{$}}
// CHECK: {{^}}grad_unit_stride_1: add.rn.f32={{[0-9]+}} bar.sync=2 ld.global.v4.b32={{[0-9]+}} ld.shared.b32=8 shfl.sync.bfly.b32=12 st.global.b32=1 st.shared.v4.b32=1{{$}}
func.func @grad(%dy: tensor<?x4096xf32>, %x: tensor<?x4096xf32>, %r: tensor<?xf32>, %g: tensor<4096xf32>)
    -> (tensor<?x4096xf32>, tensor<4096xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1)
    : (tensor<?x4096xf32>, tensor<?x4096xf32>, tensor<?xf32>, tensor<4096xf32>) -> (tensor<?x4096xf32>, tensor<4096xf32>)
  return %dx, %dg : tensor<?x4096xf32>, tensor<4096xf32>
}

// CHECK: {{^}}grad_bf16_unit_stride_0: {{.*}} bar.sync=2 {{.*}} ld.global.b32=2 ld.global.v4.b32=12 ld.shared.b32=1 {{.*}} st.global.v4.b32=6 st.shared.b32=1 sub.rn.f32={{[0-9]+}}{{$}}
// Two blocks fit a multiprocessor.
// TEXT: .entry grad_bf16_unit_stride_0(
// TEXT: .maxntid 256
// TEXT-NEXT: .minnctapersm 2
func.func @grad_bf16(%dy: tensor<?x4096xbf16>, %x: tensor<?x4096xbf16>, %r: tensor<?xf32>, %g: tensor<4096xbf16>)
    -> (tensor<?x4096xbf16>, tensor<4096xf32>) {
  %dx, %dg = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1)
    : (tensor<?x4096xbf16>, tensor<?x4096xbf16>, tensor<?xf32>, tensor<4096xbf16>) -> (tensor<?x4096xbf16>, tensor<4096xf32>)
  return %dx, %dg : tensor<?x4096xbf16>, tensor<4096xf32>
}

// The rest of a row of any length is accessed element by element.
// CHECK: {{^}}dynamic_unit_stride_0: {{.*}} ld.global.b32={{[0-9]+}} ld.global.v4.b32={{[0-9]+}} {{.*}} st.global.b32={{[0-9]+}} st.global.v4.b32={{[0-9]+}}
func.func @dynamic(%x: tensor<?x?xf32>, %g: tensor<?xf32>) -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-6)
    : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
