//===- TensorPasses.td - Passes on tensors ----------------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TRANSFORMS_TENSORPASSES_TD
#define NORM_TRANSFORMS_TENSORPASSES_TD

include "mlir/Pass/PassBase.td"

def InferShapes : Pass<"norm-infer-shapes", "mlir::ModuleOp"> {
  let summary = "Carry known sizes through functions";
  let description = [{
    Makes dynamic sizes static where they follow from sizes that are known: in
    argument types, in the option `args`, or in types inside the function. Sizes
    go from operands to results and back, through norm ops (gamma's length is the
    row length of x), elementwise arith and math ops, linalg and tensor ops; the
    types of arguments and results of the function follow. An op that cannot
    change its types keeps them, behind a `tensor.cast`.

    ```mlir
    func.func @f(%x: tensor<?x?xf32>, %g: tensor<64xf32>) -> tensor<?x?xf32> {
      %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
        : (tensor<?x?xf32>, tensor<64xf32>) -> tensor<?x?xf32>
      return %y : tensor<?x?xf32>
    }
    ```
    becomes, with `args=0=8x?`,
    ```mlir
    func.func @f(%x: tensor<8x64xf32>, %g: tensor<64xf32>) -> tensor<8x64xf32> {
      %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
        : (tensor<8x64xf32>, tensor<64xf32>) -> tensor<8x64xf32>
      return %y : tensor<8x64xf32>
    }
    ```

    Sizes that contradict each other are an error on the op that needs them to
    agree. A function that another op refers to keeps its signature, since the
    callers rely on it, and `args` for it is an error. Declarations are not
    touched.
  }];
  let dependentDialects = ["mlir::tensor::TensorDialect",
                           "mlir::linalg::LinalgDialect", "norm::NormDialect"];
  let options = [
    ListOption<"args", "args", "std::string",
               "Sizes of arguments of the entry, each as ARG=4096x?x8: ARG is an "
               "index or the argument's norm.name, `?` leaves a size as it is">,
    Option<"entry", "entry", "std::string", "",
           "The function that `args` is about; the only public one if not given">];
}

def CheckSource : Pass<"norm-check-source", "mlir::ModuleOp"> {
  let summary = "Refuse what a compiled function must not do";
  let description = [{
    A compiled function never ends the process and never reads or writes out of
    bounds, whatever it is called with. This pass fails on the first op that
    could: an op of a dialect that the pipeline does not compile (`cf.assert`,
    inline assembly, memrefs), a slice or an index that is not known to lie
    inside its tensor, the size of a dim whose number is not a constant, an
    integer division by a value that may be 0, also one in an affine map, a loop
    whose step may be 0, a call that could not be inlined. It fails, too, on a
    function with the name of one that is generated for another: for `@f`,
    `@_mlir_ciface_f`, `@norm_shape_f`, `@f.shape`, `@f.unit_stride`,
    `@f.strided` and `@f.contiguous`, and for GPUs `@_mlir_ciface_f_cuda`,
    `@norm_workspace_f`, `@norm_load_f`, `@norm_unload_f` and `@f.unaligned`. It
    never changes the module.

    ```mlir
    // error: 'tensor.extract_slice' op cannot be compiled: expected a slice
    // that is known to lie inside its source
    %s = tensor.extract_slice %x[0, 0] [%n, 8] [1, 1] : tensor<?x8xf32> to tensor<?x8xf32>
    ```
  }];
}

def MaterializeYielded : Pass<"norm-materialize-yielded"> {
  let summary = "Say where the tensors are that loops and branches yield";
  let description = [{
    The tensor that an iteration of scf.for hands to the next one is put where
    its own came from, so that bufferization gives it one buffer
    for all iterations instead of one per iteration. A tensor that a branch of
    scf.if takes from outside is copied: without a copy bufferization takes it
    for the memory that the other branch writes, and refuses loops in which that
    branch reads the one and writes the other.

    ```mlir
    scf.for .. iter_args(%t = %init) {
      %next = ..
      scf.yield %next
    // becomes
      %same = bufferization.materialize_in_destination %next in %t
      scf.yield %same
    ```
  }];
  let dependentDialects = ["mlir::bufferization::BufferizationDialect",
                           "mlir::tensor::TensorDialect"];
}

def DecomposeSoftmax : Pass<"norm-decompose-softmax"> {
  let summary = "Make linalg.generic ops of linalg.softmax";
  let description = [{
    By its AggregatedOpInterface, for which upstream has no pass: its pass that
    generalizes named ops leaves this one, and nothing behind it lowers it.

    ```mlir
    %s = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>)
        outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
    ```
    becomes
    ```mlir
    // The maximum of each row, exp(x - maximum), the sum of each row of these,
    // and the quotient: four linalg.generic ops.
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect"];
}

def SplatToFill : Pass<"norm-splat-to-fill"> {
  let summary = "Turn tensor.splat into linalg.fill";
  let description = [{
    A scalar for every element, such as a scale or a bound, becomes a linalg op,
    which fuses with its neighbours. Upstream has this for constants only.

    ```mlir
    %s = tensor.splat %a[%m] : tensor<?x64xf32>
    ```
    becomes
    ```mlir
    %e = tensor.empty(%m) : tensor<?x64xf32>
    %s = linalg.fill ins(%a : f32) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def SelectStrategy : Pass<"norm-select-strategy"> {
  let summary = "Write the schedule on each norm op";
  let description = [{
    Decides how each norm op is compiled, from its types and the target, and
    writes the decision as the attribute `strategy`. The only pass that decides;
    the transforms obey. An op that has a strategy keeps it. A function gets the
    strategy of its other elementwise ops as its attribute `norm.strategy`.

    ```mlir
    %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6) : (tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
    becomes, for 256-bit vectors and a last-level cache of 32 MiB,
    ```mlir
    %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6)
      {strategy = #norm.strategy<vector_bits = 256, stream_bytes = 33554432>} : ..
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "int64_t", "128",
           "Width of the target's vector registers">,
    Option<"lastLevelCacheBytes", "last-level-cache-bytes", "int64_t", "33554432",
           "Bytes of the last-level cache that a kernel can count on">,
    Option<"gpu", "gpu", "bool", "false",
           "Decide how the threads of a GPU share the rows">,
    Option<"clusters", "clusters", "bool", "false",
           "The GPU has clusters of blocks, as sm_90 and later">];
}

def CollapseRows : Pass<"norm-collapse-rows"> {
  let summary = "Make each row one dim and give each op a dim of rows";
  let description = [{
    Rewrites norm ops over rows of several dims, or without a dim before the
    row, by `tensor.collapse_shape` and `tensor.expand_shape`, so that later
    passes see only `[rows.., N]`. These reshapes, and those of the source, move
    away from the norm op through neighbouring elementwise ops: groups of a row
    (expand, norm op, collapse, multiply) become neighbours that can be fused.
    The ops over channels get x of shape `[N, C, L]` in NCHW or `[R, C]` in NHWC.
    Elementwise linalg ops with a value for each channel get `[N, C, L]` too,
    unless they are beside norm ops over rows.

    ```mlir
    %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
    ```
    becomes
    ```mlir
    %c = tensor.collapse_shape %x [[0], [1, 2]] : tensor<2x3x4xf32> into tensor<2x12xf32>
    %n = norm.rmsnorm %c axis(1) epsilon(0.0) : (tensor<2x12xf32>) -> tensor<2x12xf32>
    %y = tensor.expand_shape %n [[0], [1, 2]] .. : tensor<2x12xf32> into tensor<2x3x4xf32>
    ```
  }];
  let dependentDialects = ["mlir::tensor::TensorDialect"];
}

def TileRows : Pass<"norm-tile-rows"> {
  let summary = "Turn each norm op and its elementwise neighbours into one loop over rows";
  let description = [{
    A fusion region is a norm op with the elementwise linalg ops before and
    after it whose indexing is the identity, or a broadcast along the row or
    over the rows. Another norm op of the same rows and strategy belongs to the
    region too. All ops of a region go into one `scf.forall` over the rows,
    in which each works on one row; only values used outside the region become
    results of the loop. An elementwise op in no region gets a loop of its own.
    Any other linalg op becomes a nest of loops over single elements.

    A region with sums over its rows, dgamma or dbeta of a `norm.rmsnorm_grad`,
    has one dim of `M` rows. They are cut into at most 64 blocks of
    `8 * (M / 512 + 1)` rows, so that the order of the sums depends on `M` alone.
    The `scf.forall` runs over the blocks; a loop over the rows of a block
    carries the sums, row by row. A second `scf.forall` adds the blocks, in
    their order, for chunks of columns.

    In a region of elementwise ops alone, of which some broadcast vectors over
    one of the last two dims, rows can be too short for a loop over them. In
    `[.., C]` with less than 256 columns, or as many as the call says, all
    elements become one dim. An iteration has about 1024 of them, whole rows that
    fill whole cache lines, and each vector is repeated for as many, before the
    loop. In `[.., C, L]` with L less than 32 a row is `[C * L]`, and each value
    of a vector is repeated L times; if only the call says L, a second loop over
    rows `[L]` follows, and one of both has no iteration. Rows of GPUs stay.

    Consumes `strategy`: a loop holds a `norm.loop_schedule` with it.

    ```mlir
    %y = scf.forall (%i) in (%m) shared_outs(%o = %e) -> (tensor<?x64xf32>) {
      norm.loop_schedule <vector_bits = 256> bytes(%bytes)
      %row = tensor.extract_slice %x[%i, 0] [1, 64] [1, 1] : ..
      %n = norm.rmsnorm %row axis(1) epsilon(1.0e-6) : ..
      scf.forall.in_parallel { tensor.parallel_insert_slice %n into %o[%i, 0] [1, 64] [1, 1] : .. }
    }

    %dx, %dgamma = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1) : ..
    // becomes
    %dx, %partial = scf.forall (%block) in (%blocks) shared_outs(..) {
      scf.for %i = %c0 to %rows step %c1 iter_args(%dx_block, %sums) {
        %dx_row = norm.rmsnorm_grad %dy_row, %x_row, %r_row gamma(%g) axis(1) : ..
        %added = linalg.generic {iterator_types = ["reduction", "parallel"]}
          ins(%dy_row, %x_row, %r_row) outs(%sums) ..
      }
    }
    %dgamma = scf.forall .. { linalg.generic {iterator_types = ["reduction", "parallel"]} ins(%partial) .. }
    ```

    Upstream's partial reduction tiling takes linalg ops, each on its own; here
    a row is read from memory once for dx and the sums.
  }];
  let dependentDialects = ["mlir::gpu::GPUDialect", 
    "mlir::arith::ArithDialect", "mlir::affine::AffineDialect",
    "mlir::linalg::LinalgDialect", "mlir::scf::SCFDialect",
    "mlir::tensor::TensorDialect", "norm::NormDialect"];
  let options = [
    Option<"remarks", "remarks", "bool", "false",
           "Say what was not fused, and why">];
}

def FuseElementwise : Pass<"norm-fuse-elementwise"> {
  let summary = "Join elementwise ops with the same loops";
  let description = [{
    Upstream's elementwise fusion for producers that their consumer indexes by
    the identity. A value that is broadcast, such as the reciprocal RMS of a
    row, stays an op of its own: fused, it would be computed for each element.

    An op with several consumers that is cheap, and whose value nothing else
    needs, is computed by each of them: a sum in front of a norm op is added
    twice, for the sum of squares and for y, and no row of sums is stored. If it
    is a result of the row loop as well, it is computed once more where y is: on
    a CPU both can then be stored past the caches, by one loop. In a loop for a
    GPU every op is cheap.
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::affine::AffineDialect"];
}

def DropRowDims : Pass<"norm-drop-row-dims"> {
  let summary = "Make the ops of a row loop one-dimensional";
  let description = [{
    The ops that `norm-tile-rows` leaves in a loop work on `[1, .., N]`. This
    pass drops the unit dims by rank-reducing slices, and merges slices of
    slices, so that each op works on a tensor of `N` elements or on a scalar.
  }];
  let dependentDialects = ["mlir::tensor::TensorDialect", "mlir::affine::AffineDialect"];
}

def TileChannels : Pass<"norm-tile-channels"> {
  let summary = "Tile sums over channels into fixed blocks";
  let description = [{
    `norm.channel_stats` and `norm.channel_backprop_stats` become a parallel
    loop over blocks, whose sums are kept, and a parallel loop over tiles of 64
    channels, which merges the blocks in f64. The blocks, and with them the order
    of the sums, are those that the ops document; x is `[N, C, L]` in NCHW and
    `[R, C]` in NHWC. The statistics of a block are made of deviations from its
    mean, while it is cached.

    Rows of up to 32 channels (16 for f64) are seen as rows of several of them
    beside each other, so that they fill the lanes; where the number of channels
    is dynamic that is decided at run time. Images of one element are summed with
    the channels side by side. Where only the call knows how many an image has, two
    loops follow each other, of which one has no iteration; on GPUs there is one.

    ```mlir
    %mean, %inv_std = norm.channel_stats %x epsilon(..) layout(NCHW)
    // becomes
    %partial:3 = scf.forall (%block, %c) in (%blocks, %C) shared_outs(..) {
      %sum = linalg.generic {iterator_types = ["reduction", "reduction"]} ins(%slice)
      ..
    }
    %mean, %inv_std = scf.forall (%tile) in (%tiles) shared_outs(..) {
      %total = linalg.generic {iterator_types = ["reduction", "parallel"]} ins(%partial_tile)
      ..
    }
    ```

    Upstream's partial reduction tiling merges by the operation of the sum,
    which statistics do not have.
  }];
  let dependentDialects = [
    "mlir::bufferization::BufferizationDialect",
    "mlir::arith::ArithDialect", "mlir::gpu::GPUDialect",
    "mlir::linalg::LinalgDialect",
    "mlir::math::MathDialect", "mlir::scf::SCFDialect",
    "mlir::tensor::TensorDialect"];
}

def SplitRows : Pass<"norm-split-rows"> {
  let summary = "Give a long row to several threads, or blocks of a GPU";
  let description = [{
    A row loop whose schedule says so becomes several, if its rows are long and
    few (`split` of `#norm.strategy`, on a GPU `row_chunk` and `split_rows` of
    `#norm.gpu_strategy`): one over the chunks of all rows for the sums of a row,
    which go to memory, and one for what is computed from them. Where only the
    call knows the sizes, there are both forms, of which one has no iterations. A
    sum has the same bits in both. On a GPU chunks and their order are the same;
    on a CPU a chunk is a subtree of the tree of the contract, and has a sum for
    each of its lanes.

    ```mlir
    scf.forall (%i) in (%m) {
      %s = linalg.generic {.. ["reduction"]} ins(%row) ..
      %y = linalg.generic {.. ["parallel"]} ins(%row, %s) ..
    }
    // becomes
    %sums = scf.forall (%i, %c) in (%m, %chunks) {
      %s = linalg.generic {.. ["reduction"]} ins(%chunk) ..
    }
    scf.forall (%i, %c) in (%m, %chunks) {
      %s = linalg.generic {.. ["reduction"]} ins(%sums_of_row) ..
      %y = linalg.generic {.. ["parallel"]} ins(%chunk, %s) ..
    }
    ```

    It runs where each op of a row loop is one on a row or on a scalar. Upstream
    tiles reductions of one op into partial ones; here the loop around several
    ops is split.
  }];
  let dependentDialects = [
    "mlir::affine::AffineDialect", "mlir::arith::ArithDialect",
    "mlir::gpu::GPUDialect", "mlir::linalg::LinalgDialect", "mlir::math::MathDialect",
    "mlir::scf::SCFDialect", "mlir::tensor::TensorDialect"];
}

def TileColumns : Pass<"norm-tile-columns"> {
  let summary = "Turn each elementwise op on a row into a loop over column tiles";
  let description = [{
    A one-dimensional elementwise linalg op becomes an `scf.for` over tiles of
    64 elements (32 for f64), the lanes of the accumulator, with what is left
    over peeled off into a tile of its own, so that the main loop has static
    sizes. Where the strategy has vectors of up to 256 bits, tiles have half as
    many elements, unless some are bf16 or the op only multiplies rows of f16:
    the values of an op on whole ones fill more registers than such CPUs have. A sum over the rows of a matrix becomes
    a loop over tiles of its columns, unless it is one over two matrices with up
    to four tiles of f32: rows are then read as a whole. Ops on scalars and sums
    over a row are left alone.

    ```mlir
    %y = linalg.generic {..} ins(%x : tensor<100xf32>) ..
    ```
    becomes
    ```mlir
    %main = linalg.generic {..} ins(%x0 : tensor<64xf32>) ..   // in a loop, if longer
    %y = linalg.generic {..} ins(%x1 : tensor<36xf32>) ..
    ```
  }];
  let dependentDialects = [
    "mlir::affine::AffineDialect", "mlir::scf::SCFDialect", "mlir::tensor::TensorDialect"];
}

def FuseColumnLoops : Pass<"norm-fuse-column-loops"> {
  let summary = "Join loops over the same columns that read the same row";
  let description = [{
    Two `scf.for` loops of one block with the same bounds become one, where the
    first stands, if the second one needs nothing that is made after that and
    both read the same tensor: dx and the sums over rows of a gradient then read
    dy and x once.

    ```mlir
    %dx = scf.for %j = %c0 to %n step %c64 iter_args(..) { .. %x .. }
    %dgamma = scf.for %j = %c0 to %n step %c64 iter_args(..) { .. %x .. }
    // becomes
    %both:2 = scf.for %j = %c0 to %n step %c64 iter_args(..) { .. %x .. %x .. }
    ```

    Upstream has this fusion as a function and as an op of the transform
    dialect, without checks; this pass says where it is legal and pays.
  }];
  let dependentDialects = ["mlir::scf::SCFDialect"];
}

def VectorizeRows : Pass<"norm-vectorize-rows"> {
  let summary = "Vectorize the column tiles, the sums and the scalar ops of a row loop";
  let description = [{
    Column tiles are vectorized by upstream's linalg vectorizer, with a mask
    where the tile is shorter than the lanes. A sum over a row becomes vector
    code in the order of the operator contract (see `norm.rmsnorm`): upstream's
    partial reduction tiling knows neither blocks that are merged pairwise nor a
    fixed tree over the lanes. An op on scalars becomes scalar code.

    Fails on a linalg op that is none of these.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::affine::AffineDialect", "mlir::math::MathDialect",
    "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect",
    "mlir::tensor::TensorDialect", "mlir::ub::UBDialect",
    "mlir::vector::VectorDialect"];
}

def ForwardMaskedReads : Pass<"norm-forward-masked-reads"> {
  let summary = "Use a vector instead of reading it back";
  let description = [{
    A masked `vector.transfer_read` of what a `vector.transfer_write` wrote in
    the same place under the same mask becomes the vector that was written, so
    that a row which is shorter than its vectors needs no memory between two
    ops. Upstream folds reads without masks only.
  }];
  let dependentDialects = ["mlir::vector::VectorDialect"];
}

def HoistSplats : Pass<"norm-hoist-splats", "mlir::func::FuncOp"> {
  let summary = "Read a scalar of a row in front of the loops over the row";
  let description = [{
    Moves reads of a single element, and vectors of it, out of each `scf.for` in
    which they are invariant: rrms, say, or the mean of a channel. Once tensors
    are buffers, nothing says that the stores of the loop leave the element as it
    is, and it would be read for each vector of the row.

    Upstream's `loop-invariant-code-motion` moves all that is invariant, whole
    vectors of gamma too, which then have no registers. In the loops that read
    vectors of bf16 even a scalar has none: with it the gradient of rmsnorm takes
    1.05 of its time (AMD EPYC, AVX2), so these stay as they are.
  }];
}

def MakeShapeFunctions : Pass<"norm-make-shape-functions", "mlir::ModuleOp"> {
  let summary = "Outline what a function says about sizes";
  let description = [{
    For each public function `@f` on tensors, makes a private `@f.shape` of the
    same arguments that returns, as `index`: the sizes of all tensor results in
    order, then a pair (found, expected) for each size that must agree when the
    function is called. The attribute `norm.checks` names the pairs: operands of
    norm and linalg ops, what is inserted into a slice, joined, padded or
    reshaped, and what a `tensor.cast` says. Pairs of equal values are left out.

    Ops in loops and branches are checked as well, unless the arguments say that
    these do not run. A tensor that a loop carries must keep its size.

    Upstream's resolution of result shapes reduces it to `tensor.dim` of
    arguments and integer arithmetic; a function where that is not possible
    (a size depends on data, or on the iteration of a loop) is an error, and so
    is a type that the calling convention does not have.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::affine::AffineDialect",
    "mlir::func::FuncDialect", "mlir::tensor::TensorDialect"];
}

def AddContiguousVariant : Pass<"norm-add-contiguous-variant", "mlir::ModuleOp"> {
  let summary = "Copy elementwise functions for tensors without gaps";
  let description = [{
    A public function whose tensors, an argument among them, all have one shape
    of several dims, and
    whose ops are norm ops and others that work on each element alone, gets a
    private copy `@f.contiguous` on 1-d tensors. The entry calls it if no
    operand has gaps, so that short last dims cost nothing.

    ```mlir
    func.func @f(%x: tensor<?x7x7xf32>) -> tensor<?x7x7xf32> {
      %y = norm.reciprocal %x : (tensor<?x7x7xf32>) -> tensor<?x7x7xf32>
    // is kept, and gets
    func.func private @f.contiguous(%x: tensor<?xf32>) -> tensor<?xf32> {
      %y = norm.reciprocal %x : (tensor<?xf32>) -> tensor<?xf32>
    ```

    Upstream collapses dims of linalg ops where types prove that nothing lies
    between; the strides of operands are known at run time only.
  }];
  let dependentDialects = ["mlir::tensor::TensorDialect"];
}

#endif // NORM_TRANSFORMS_TENSORPASSES_TD
