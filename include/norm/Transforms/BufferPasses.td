//===- BufferPasses.td - Passes from tensors to LLVM ------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TRANSFORMS_BUFFERPASSES_TD
#define NORM_TRANSFORMS_BUFFERPASSES_TD

include "mlir/Pass/PassBase.td"

def MakeContiguous : Pass<"norm-make-contiguous"> {
  let summary = "Give norm ops memrefs without strides or offset";
  let description = [{
    A norm op in memref form on a memref with strides or an offset, such as a
    slice, works on a copy of it instead: `convert-norm-to-affine` needs the
    identity layout.

    ```mlir
    norm.reciprocal %x outs(%y) : (memref<4x8xf32, strided<[16, 1]>>, memref<4x8xf32>) -> ()
    ```
    becomes
    ```mlir
    %c = memref.alloc() : memref<4x8xf32>
    memref.copy %x, %c : memref<4x8xf32, strided<[16, 1]>> to memref<4x8xf32>
    norm.reciprocal %c outs(%y) : (memref<4x8xf32>, memref<4x8xf32>) -> ()
    memref.dealloc %c : memref<4x8xf32>
    ```
  }];
  let dependentDialects = ["mlir::memref::MemRefDialect"];
}

def MakeEntryPoints : Pass<"norm-make-entry-points", "mlir::ModuleOp"> {
  let summary = "Give functions the calling convention of compiled functions";
  let description = [{
    Replaces each public function `@f` on tensors, and its `@f.shape`, by

    - `@_mlir_ciface_f(args.., outs..) -> i32`, which takes a pointer to a
      descriptor for each tensor, lets the runtime check all operands
      (`norm_check_call`, with the constant `@f.info` that describes them),
      checks the sizes that must agree, and unless all results are empty calls
      one of two private functions;
    - `@f.unit_stride` for tensors whose last dim has stride 1 (and whose dims
      of one row are contiguous): the body of `@f`, with results written to the
      memrefs `outs`, which returns the code of its parallel loops;
    - `@f.strided` for all others, which has the runtime copy the operands that
      it does not take (`norm_begin_copies`), and calls it;
    - `@norm_shape_f(args.., sizes) -> i32`, which writes the sizes of all
      tensor results.

    With `contiguous` the two functions are `@f.contiguous`, for tensors without
    gaps as memrefs without strides or offset, and `@f.strided`, which calls it
    on copies of all operands.

    With `gpu`, `@f.strided` is another body, for any strides;
    `@_mlir_ciface_f_cuda(args.., outs.., workspace, bytes, stream)` takes the
    place of `@_mlir_ciface_f`; it calls `@f.unit_stride` for rows that start at
    multiples of 16 bytes, and `@f.unaligned`, the same body, for other rows;
    `@norm_workspace_f(args.., bytes)`, `@norm_load_f()` and `@norm_unload_f()`
    are made too. All kernels take a `norm_cuda_call` (see norm_cuda.h) as their
    last argument.

    A check that fails reports its text and values to the runtime
    (`norm_report_error`) and returns the error code. A scalar result is written
    through a pointer.
    Upstream has no function boundary that checks, and
    `buffer-results-to-out-params` copies.
  }];
  let options = [
    Option<"contiguous", "contiguous", "bool", "false",
           "Kernels on memrefs without gaps, with copies for others">,
    Option<"gpu", "gpu", "bool", "false",
           "Entries that take device memory, a workspace and a stream">];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::bufferization::BufferizationDialect",
    "mlir::cf::ControlFlowDialect", "mlir::func::FuncDialect",
    "mlir::LLVM::LLVMDialect", "mlir::memref::MemRefDialect",
    "mlir::scf::SCFDialect"];
}

def OutlineParallel : Pass<"norm-outline-parallel", "mlir::ModuleOp"> {
  let summary = "Run row loops through the runtime's parallel loop";
  let description = [{
    The body of a row loop with a schedule becomes a private function
    `@kernel.rows0(context, begin, end)` that runs the rows [begin, end); the
    loop becomes a call `norm_parallel_for(rows, grain, @kernel.rows0, context)`
    whose code the kernel returns. What the body uses from outside travels in
    the context, a struct on the stack. `grain` is the number of rows that have
    `grain_bytes` bytes together: fewer run on the calling thread.
    Each row is computed as before, so the threads do not change a result.

    A body that allocates memory for values of a row becomes two functions: one
    that returns a code, `@kernel.rows0.scratch`, and the body, which leaves the
    code in the context for the kernel to report and return. Results may be half
    written then.

    Upstream lowers parallel loops to OpenMP directly, which a program cannot
    replace by its own threads.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::func::FuncDialect",
    "mlir::LLVM::LLVMDialect", "mlir::scf::SCFDialect"];
}

def AllocateScratch : Pass<"norm-allocate-scratch", "mlir::ModuleOp"> {
  let summary = "Place the buffers of a kernel in scratch memory";
  let description = [{
    The buffers of a kernel (a function that returns an error code) become views
    of one block that the runtime's `norm_scratch_acquire` gives and
    `norm_scratch_release` takes back at the end. Without memory the kernel
    returns `norm_error_out_of_memory` before it computes anything. Expects
    that no buffer outlives an iteration of a loop, which one-shot
    bufferization guarantees unless `allow-return-allocs-from-loops` is set.
    A `memref.dealloc` of a buffer goes away. Where a loop around a buffer makes
    its size, such as that of the last chunk of elements, the buffer gets as much
    memory as the constant upper bound of the size says.

    ```mlir
    func.func private @f(%n: index) -> i32 {
      %a = memref.alloc(%n) : memref<?xf32>
    // becomes, %bytes being 4 * %n rounded up to 64,
    func.func private @f(%n: index) -> i32 {
      %s = llvm.call @norm_scratch_acquire(%bytes, %c64) : (i64, i64) -> !llvm.ptr
      cf.cond_br %isNull, ^out_of_memory, ^next
    ^next:
      %a = memref.view %scratch[%c0][%n] : memref<?xi8> to memref<?xf32>
    ```

    With `gpu` the block is the workspace of the call, which
    `norm_cuda_workspace` gives, or is asked for the size of; a kernel takes a
    `norm_cuda_call` as its last argument.

    Upstream lowers allocations to malloc, whose failure nobody sees.
  }];
  let options = [
    Option<"gpu", "gpu", "bool", "false", "Buffers in a workspace on a GPU">];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::cf::ControlFlowDialect",
    "mlir::LLVM::LLVMDialect", "mlir::memref::MemRefDialect"];
}

def ApplySchedule : Pass<"norm-apply-schedule"> {
  let summary = "Apply and erase the schedules of row loops";
  let description = [{
    Consumes each `norm.loop_schedule`. If it has `stream_bytes`, a column loop
    of the row loop gets a second form whose full-vector stores go past the
    caches (`nontemporal`), when the data has at least that many bytes. It runs
    for rows that start at a cache line; rows of at least `stream_columns` start
    anywhere, and this form then at their first whole line, with the elements
    before it and after the last line stored on their own. A row that another
    loop reads, such as a residual sum, stays in the caches. If the schedule has
    `prefetch_bytes`, this form prefetches what it reads of each row ahead of
    its columns. A fence after the row loop orders these stores before the
    function returns.

    With `prefetch_bytes`, sums over rows prefetch too: the next row, and where
    they read the rows of a block one by one, the same of the next block, in the
    last loop over the current one, if the blocks of all operands together have
    at most that many bytes.

    ```mlir
    scf.for %j = .. { vector.transfer_write %v, %row[%j] .. }
    ```
    becomes
    ```mlir
    scf.if %stream_and_aligned {
      scf.for %j = .. { vector.store %v, %row[%j] {alignment = 64, nontemporal = true} .. }
    } else {
      scf.for %j = .. { vector.transfer_write %v, %row[%j] .. }
    }
    ```
  }];
  let options = [
    Option<"minMaskedBits", "min-masked-bits", "int64_t", "32",
           "Narrowest element for which masked stores are instructions; 0 for none">];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect",
    "mlir::vector::VectorDialect", "mlir::LLVM::LLVMDialect"];
}

def LowerExpandShapes : Pass<"norm-lower-expand-shapes"> {
  let summary = "Turn memref.expand_shape into memref.reinterpret_cast";
  let description = [{
    Upstream's `expand-strided-metadata`, which does the same, does not end well
    for two dynamic dims in a group.

    ```mlir
    %y = memref.expand_shape %x [[0, 1]] output_shape [%m, %n] : memref<?xf32> into memref<?x?xf32>
    // becomes
    %y = memref.reinterpret_cast %x to offset: [0], sizes: [%m, %n], strides: [%n, 1]
    ```
  }];
  let dependentDialects = [
    "mlir::affine::AffineDialect", "mlir::memref::MemRefDialect"];
}

def LowerRowLoops : Pass<"norm-lower-row-loops", "mlir::func::FuncOp"> {
  let summary = "Run row loops one after the other";
  let description = [{
    Turns `scf.forall` into `scf.for` by upstream's conversion, and moves the
    stack buffers of its body out of the loop: inside it, each iteration would
    take new stack. Copies that bufferization left (operands with strides that
    the fast kernel does not take) become loops instead of library calls.
  }];
  let dependentDialects = [
    "mlir::linalg::LinalgDialect", "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect"];
}

def ExpandMaskedAccesses : Pass<"norm-expand-masked-accesses", "mlir::func::FuncOp"> {
  let summary = "Replace masked accesses that the target does not have";
  let description = [{
    LLVM turns a masked load or store that is no instruction of the target into
    a branch for each element. This pass replaces one whose mask is the first n
    lanes by accesses of 32, 16, .. 1 elements, for each bit of n, which are
    joined to a vector, or taken from it, in registers.

    ```mlir
    %m = vector.create_mask %n : vector<2xi1>
    %v = vector.maskedload %x[%i], %m, %zero
      : memref<?xbf16>, vector<2xi1>, vector<2xbf16> into vector<2xbf16>
    ```
    becomes
    ```mlir
    // n & 1 ? (x[i + (n & -2)], 0) : (0, 0), or, for n & 2, x[i] and x[i + 1]
    ```

    Of a known number of lanes a store is replaced although the target has it,
    unless masks are bits (AVX-512BW): a masked store takes some CPUs a dozen
    cycles.
  }];
  let options = [
    Option<"minBits", "min-bits", "int64_t", "32",
           "Narrowest element for which masked accesses are instructions; 0 for none">];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::scf::SCFDialect", "mlir::vector::VectorDialect"];
}

def ExportSymbols : Pass<"norm-export-symbols", "mlir::ModuleOp"> {
  let summary = "Leave only the functions of the calling convention visible";
  let description = [{
    At stage llvm: gives every private function internal linkage, so that an
    object exports `_mlir_ciface_f` and `norm_shape_f` only, and keeps it from
    being inlined, so that a profile shows each kernel under its own name.
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

def LowerTransfers : Pass<"norm-lower-transfers", "mlir::func::FuncOp"> {
  let summary = "Turn vector transfers on unit-stride memrefs into loads and stores";
  let description = [{
    Upstream's transfer lowering patterns, which no upstream pass applies alone:
    a transfer becomes `vector.load` or `vector.store`, with a mask
    `vector.maskedload` or `vector.maskedstore`.
  }];
  let dependentDialects = ["mlir::memref::MemRefDialect", "mlir::vector::VectorDialect"];
}

def KeepRoundings : Pass<"norm-keep-roundings"> {
  let summary = "Let no conversion between floats be taken away";
  let description = [{
    Upstream's passes that compute f16 and bf16 in f32 mark their conversions
    with `contract`: what is rounded by one op and widened for the next would
    not be rounded at all. A value of the source is, so the marks are removed.
  }];
}

def UnrollStores : Pass<"norm-unroll-stores", "mlir::func::FuncOp"> {
  let summary = "Split stores of vectors into stores of one register each";
  let description = [{
    LLVM splits a store of a vector that takes several registers itself, and
    writes the parts in any order. Where they start anywhere in a line of the
    cache, neighbouring ones share a line, which is written once only if they
    follow each other: a row of 4097 f32 takes 15 % less time so (Sapphire
    Rapids, from the L3 cache). The stores of this pass are in the order of
    their addresses, which LLVM keeps.

    Upstream's unrolling pattern, which no upstream pass applies. Non-temporal
    stores stay as they are. Of f16 half a register is stored on x86-64, which
    is what rounding a register of f32 leaves.
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "int64_t", /*default=*/"128",
           "Width in bits of a vector register">];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::vector::VectorDialect"];
}

def ExpandMath : Pass<"norm-expand-math", "mlir::ModuleOp"> {
  let summary = "Turn math functions into vector code, or calls of the C library";
  let description = [{
    LLVM calls the C library for each element of a vector. This pass applies
    upstream's polynomial approximations, which no upstream pass applies, to
    `exp`, `expm1`, `log`, `log1p`, `log2`, `tanh`, `erf` and `erfc` on f32, and
    makes `exp2` of that of `exp`. Over all numbers of f32 the error is below 5
    ULP, subnormal numbers included; infinities, NaNs and the sign of zero are
    right. It extends what upstream's do not cover: `exp` of large numbers,
    logarithms of subnormal ones, `erf` of -0.

    Left to LLVM, which calls the C library for each element: f64, for which
    upstream has no approximation, and the functions whose approximation is
    worse (`atan`, `sin`, `cos`, ..) or missing (`powf`, ..). What LLVM does not
    know (`cbrt`, `erf` on f64, ..) becomes such a call here, but not in kernels
    for GPUs, which have no such library.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::func::FuncDialect", "mlir::math::MathDialect",
    "mlir::vector::VectorDialect"];
}

def ExpandArith : Pass<"norm-expand-arith"> {
  let summary = "Expand arith ops as upstream does, but for maximumf and minimumf";
  let description = [{
    Upstream's `arith-expand` has patterns for divisions that round up or down and
    for the larger and the smaller of two values. Those for `arith.maximumf` and
    `arith.minimumf` give the second of two zeros, whatever their signs are; so
    these ops stay, and become LLVM's own, which order zeros by their signs.

    ```mlir
    %q = arith.ceildivui %n, %d : index
    %m = arith.maximumf %x, %y : f32
    ```
    becomes
    ```mlir
    // n == 0 ? 0 : (n - 1) / d + 1
    %m = arith.maximumf %x, %y : f32
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect"];
}

def ExpandBFloat16 : Pass<"norm-expand-bf16", "mlir::func::FuncOp"> {
  let summary = "Convert between bf16 and f32 by integer operations";
  let description = [{
    Widening shifts the bits; narrowing rounds to nearest even, keeps
    subnormals and NaNs. LLVM would call a library function for each element,
    and AVX512-BF16's instruction flushes subnormals. Upstream's expansion
    selects the NaN in the type bf16, which LLVM takes apart into scalars.

    What is narrowed from f64 to bf16 or f16 goes by way of f32, rounded to odd
    there, so that it is rounded once.

    ```mlir
    %y = arith.truncf %x : vector<64xf32> to vector<64xbf16>
    ```
    becomes, with `b` the bits of `x`, or 0x7fc00000 if it is a NaN,
    ```mlir
    // b + 0x7fff + ((b >> 16) & 1), shifted right by 16
    ```

    The sum keeps a NaN whose lower 16 bits are zero, as the default NaN
    is and each NaN of a bf16. Arithmetic of a CPU makes no others of them, so
    vectors that are computed from bf16, and not from other floats or bits, need
    no comparison. Where another NaN may come from a scalar that is broadcast,
    that is made the default NaN instead of each element.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect"];
}

def SplitBFloat16Lanes : Pass<"norm-split-bf16-lanes", "mlir::func::FuncOp"> {
  let summary = "Compute the even and the odd lanes of vectors of bf16 apart";
  let description = [{
    In a function that converts vectors of bf16, each vector of f32 becomes two
    for each register of bf16, of its even and of its odd lanes. Two neighbouring
    bf16 are then converted where they are, in 32 bits, by a shift and by a mask.
    To widen each half of a vector instead moves all its lanes, and so does
    narrowing. Sums keep their order: what is added to a lane stays in it. With
    one vector for a register LLVM finishes a register before it needs the next;
    all even lanes at once, and then all odd ones, took a third more instructions
    where there are 16 registers, for what does not fit them.

    ```mlir
    %y = arith.extf %x : vector<64xbf16> to vector<64xf32>
    ```
    becomes, for each of the registers of 16 bf16,
    ```mlir
    %part = vector.extract_strided_slice %x {offsets = [16], ..} : vector<64xbf16> to vector<16xbf16>
    %pairs = vector.bitcast %part : vector<16xbf16> to vector<8xi32>
    %even = arith.shli %pairs, %c16 : vector<8xi32>
    %odd = arith.andi %pairs, %c0xffff0000 : vector<8xi32>
    // .. as vectors of f32
    ```
    They are narrowed together, 16 bits at a time: the halves that are kept, and
    those that are cut off, which tell whether a kept one grows by one. NaNs are
    what `norm-expand-bf16` makes of them.

    Vectors of f32 in memory are taken apart and put together again
    (`vector.deinterleave`, `vector.interleave`), and a function that has more of
    these than of bf16, beside its conversions, stays as it is. The element with
    the lower address is in the low half of 32 bits: the target is little-endian.
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "int64_t", /*default=*/"256",
           "Width in bits of a vector register">];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect", "mlir::ub::UBDialect",
    "mlir::vector::VectorDialect"];
}

def ExpandReciprocal : Pass<"norm-expand-reciprocal", "mlir::func::FuncOp"> {
  let summary = "Turn reciprocals that need not be exact into refined estimates";
  let description = [{
    A division of 1 with the flag `arcp` is what `convert-norm-to-linalg` makes
    of `precision(approx)`, and of 16-bit elements. With `has-rcp14` those of f32 become the estimate of
    AVX-512F and a Newton step, which keep zeros, infinities, NaNs and subnormal
    numbers:

    ```mlir
    %y = arith.divf %one, %x fastmath<arcp> : vector<16xf32>
    ```
    becomes
    ```mlir
    %r = llvm.call_intrinsic "llvm.x86.avx512.rcp14.ps.512"(%x, %x, %every) : ..
    %e = math.fma -%x, %r, %one
    // e > -1 ? fma(e, r, r) : r
    ```
    Longer vectors take several registers, shorter ones and scalars a part of
    one: an element has the same bits in all of them.

    All other divisions lose the flag. LLVM's own expansion makes NaNs of the
    reciprocals of zeros and infinities.
  }];
  let options = [
    Option<"hasRCP14", "has-rcp14", "bool", "false",
           "The target has the 14-bit estimate of AVX-512F, and it pays">];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect", "mlir::math::MathDialect",
    "mlir::vector::VectorDialect"];
}

def BFloat16ToI16 : Pass<"norm-bf16-to-i16", "mlir::ModuleOp"> {
  let summary = "Hold bf16 values as 16-bit integers in the LLVM dialect";
  let description = [{
    After `norm-expand-bf16` only loads, stores, selections and bit casts know
    the type bf16. Without AVX512-BF16 LLVM has no vectors of it and takes a
    selection apart into scalars; as i16 it is one instruction.
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

#endif // NORM_TRANSFORMS_BUFFERPASSES_TD
