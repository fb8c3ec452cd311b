// Bit patterns of f32, rounded to bf16 by the code that the pass makes. The
// expected ones are written from the definition of rounding to nearest even.
// RUN: norm-opt %s --norm-expand-bf16 --convert-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -e main --entry-point-result=void \
// RUN:     --shared-libs=%llvm_lib_dir/libmlir_c_runner_utils.so \
// RUN:   | FileCheck %s

func.func private @check(%bits: i32) {
  %f = arith.bitcast %bits : i32 to f32
  %b = arith.truncf %f : f32 to bf16
  %i = arith.bitcast %b : bf16 to i16
  %w = arith.extui %i : i16 to i32
  vector.print %w : i32
  return
}

func.func private @check_wide(%bits: i16) {
  %b = arith.bitcast %bits : i16 to bf16
  %f = arith.extf %b : bf16 to f32
  %i = arith.bitcast %f : f32 to i32
  %w = arith.extui %i : i32 to i64
  vector.print %w : i64
  return
}

func.func @main() {
  // 0x00000000 -> 0x0000: 0.
  // CHECK: {{^}}0{{$}}
  %a0 = arith.constant 0x00000000 : i32
  call @check(%a0) : (i32) -> ()
  // 0x80000000 -> 0x8000: -0.
  // CHECK-NEXT: {{^}}32768{{$}}
  %a1 = arith.constant 0x80000000 : i32
  call @check(%a1) : (i32) -> ()
  // 0x3f800000 -> 0x3f80: 1.
  // CHECK-NEXT: {{^}}16256{{$}}
  %a2 = arith.constant 0x3f800000 : i32
  call @check(%a2) : (i32) -> ()
  // 0x3f808000 -> 0x3f80: 1 + 2^-8, halfway: to even, down.
  // CHECK-NEXT: {{^}}16256{{$}}
  %a3 = arith.constant 0x3f808000 : i32
  call @check(%a3) : (i32) -> ()
  // 0x3f818000 -> 0x3f82: 1 + 3 * 2^-8, halfway: to even, up.
  // CHECK-NEXT: {{^}}16258{{$}}
  %a4 = arith.constant 0x3f818000 : i32
  call @check(%a4) : (i32) -> ()
  // 0x3f808001 -> 0x3f81: just above halfway.
  // CHECK-NEXT: {{^}}16257{{$}}
  %a5 = arith.constant 0x3f808001 : i32
  call @check(%a5) : (i32) -> ()
  // 0x3f817fff -> 0x3f81: just below halfway.
  // CHECK-NEXT: {{^}}16257{{$}}
  %a6 = arith.constant 0x3f817fff : i32
  call @check(%a6) : (i32) -> ()
  // 0xbf808001 -> 0xbf81: the same below zero.
  // CHECK-NEXT: {{^}}49025{{$}}
  %a7 = arith.constant 0xbf808001 : i32
  call @check(%a7) : (i32) -> ()
  // 0x7f7f0000 -> 0x7f7f: largest bf16.
  // CHECK-NEXT: {{^}}32639{{$}}
  %a8 = arith.constant 0x7f7f0000 : i32
  call @check(%a8) : (i32) -> ()
  // 0x7f7f7fff -> 0x7f7f: below the middle of it and 2^128.
  // CHECK-NEXT: {{^}}32639{{$}}
  %a9 = arith.constant 0x7f7f7fff : i32
  call @check(%a9) : (i32) -> ()
  // 0x7f7f8000 -> 0x7f80: the middle: overflows to inf.
  // CHECK-NEXT: {{^}}32640{{$}}
  %a10 = arith.constant 0x7f7f8000 : i32
  call @check(%a10) : (i32) -> ()
  // 0xff7fffff -> 0xff80: -largest f32 overflows.
  // CHECK-NEXT: {{^}}65408{{$}}
  %a11 = arith.constant 0xff7fffff : i32
  call @check(%a11) : (i32) -> ()
  // 0x7f800000 -> 0x7f80: inf.
  // CHECK-NEXT: {{^}}32640{{$}}
  %a12 = arith.constant 0x7f800000 : i32
  call @check(%a12) : (i32) -> ()
  // 0xff800000 -> 0xff80: -inf.
  // CHECK-NEXT: {{^}}65408{{$}}
  %a13 = arith.constant 0xff800000 : i32
  call @check(%a13) : (i32) -> ()
  // 0x00800000 -> 0x0080: smallest normal.
  // CHECK-NEXT: {{^}}128{{$}}
  %a14 = arith.constant 0x00800000 : i32
  call @check(%a14) : (i32) -> ()
  // 0x007fffff -> 0x0080: largest subnormal of f32 rounds up to it.
  // CHECK-NEXT: {{^}}128{{$}}
  %a15 = arith.constant 0x007fffff : i32
  call @check(%a15) : (i32) -> ()
  // 0x00010000 -> 0x0001: smallest subnormal of bf16.
  // CHECK-NEXT: {{^}}1{{$}}
  %a16 = arith.constant 0x00010000 : i32
  call @check(%a16) : (i32) -> ()
  // 0x00008000 -> 0x0000: half of it: to even.
  // CHECK-NEXT: {{^}}0{{$}}
  %a17 = arith.constant 0x00008000 : i32
  call @check(%a17) : (i32) -> ()
  // 0x00008001 -> 0x0001: just above half.
  // CHECK-NEXT: {{^}}1{{$}}
  %a18 = arith.constant 0x00008001 : i32
  call @check(%a18) : (i32) -> ()
  // 0x80018000 -> 0x8002: subnormal halfway, up.
  // CHECK-NEXT: {{^}}32770{{$}}
  %a19 = arith.constant 0x80018000 : i32
  call @check(%a19) : (i32) -> ()
  // 0x7fc00000 -> 0x7fc0: quiet NaN.
  // CHECK-NEXT: {{^}}32704{{$}}
  %a20 = arith.constant 0x7fc00000 : i32
  call @check(%a20) : (i32) -> ()
  // 0x7f800001 -> 0x7fc0: signalling NaN, whose high bits are those of inf.
  // CHECK-NEXT: {{^}}32704{{$}}
  %a21 = arith.constant 0x7f800001 : i32
  call @check(%a21) : (i32) -> ()
  // 0xffc12345 -> 0x7fc0: any NaN, without its sign.
  // CHECK-NEXT: {{^}}32704{{$}}
  %a22 = arith.constant 0xffc12345 : i32
  call @check(%a22) : (i32) -> ()
  // 0x7fffffff -> 0x7fc0: a NaN that rounding up would wrap around.
  // CHECK-NEXT: {{^}}32704{{$}}
  %a23 = arith.constant 0x7fffffff : i32
  call @check(%a23) : (i32) -> ()

  // Widening appends 16 zeros: 1, the smallest subnormal, -inf, a NaN.
  // CHECK-NEXT: {{^}}1065353216{{$}}
  %b0 = arith.constant 0x3f80 : i16
  call @check_wide(%b0) : (i16) -> ()
  // CHECK-NEXT: {{^}}65536{{$}}
  %b1 = arith.constant 0x0001 : i16
  call @check_wide(%b1) : (i16) -> ()
  // CHECK-NEXT: {{^}}4286578688{{$}}
  %b2 = arith.constant 0xff80 : i16
  call @check_wide(%b2) : (i16) -> ()
  // CHECK-NEXT: {{^}}2143354880{{$}}
  %b3 = arith.constant 0x7fc1 : i16
  call @check_wide(%b3) : (i16) -> ()
  return
}
