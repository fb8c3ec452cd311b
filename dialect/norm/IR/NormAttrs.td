//===- NormAttrs.td - Attributes of the norm dialect -------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_NORMATTRS_TD
#define NORM_IR_NORMATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "norm/IR/NormDialect.td"

def Norm_Rounding : I32EnumAttr<"Rounding",
    "where a result narrower than the accumulator is rounded", [
      I32EnumAttrCase<"Once", 0, "once">,
      I32EnumAttrCase<"BeforeGamma", 1, "before_gamma">]> {
  let cppNamespace = "::norm";
  let genSpecializedAttr = 0;
}

def Norm_RoundingAttr : EnumAttr<NormDialect, Norm_Rounding, "rounding"> {
  let summary = "When the result of an op is rounded to its element type";
  let description = [{
    `once` rounds one time, at the end. `before_gamma` rounds the normalised
    value, the weight, their product and each later sum to the element type.
  }];
  let assemblyFormat = "$value";
}

def Norm_Precision : I32EnumAttr<"Precision",
    "how far a result may be from the correctly rounded one", [
      I32EnumAttrCase<"Exact", 0, "exact">,
      I32EnumAttrCase<"Approx", 1, "approx">]> {
  let cppNamespace = "::norm";
  let genSpecializedAttr = 0;
}

def Norm_PrecisionAttr : EnumAttr<NormDialect, Norm_Precision, "precision"> {
  let summary = "How far a result may be from the correctly rounded one";
  let description = [{
    `exact` is the correctly rounded result. `approx` allows an error of 2 ULP
    and keeps all special values.
  }];
  let assemblyFormat = "$value";
}

def Norm_ChannelLayout : I32EnumAttr<"ChannelLayout", "where the channel dim is", [
      I32EnumAttrCase<"NCHW", 0, "NCHW">,
      I32EnumAttrCase<"NHWC", 1, "NHWC">]> {
  let cppNamespace = "::norm";
  let genSpecializedAttr = 0;
}

def Norm_ChannelLayoutAttr : EnumAttr<NormDialect, Norm_ChannelLayout, "channel_layout"> {
  let summary = "Where the channel dim is";
  let description = [{
    With `NCHW` it is dim 1, with `NHWC` the last one, whatever the rank.
  }];
  let assemblyFormat = "$value";
}

def Norm_GPUStrategyAttr : AttrDef<NormDialect, "GPUStrategy"> {
  let mnemonic = "gpu_strategy";
  let summary = "How the threads of a GPU share the rows of a norm op";
  let description = [{
    - `row_threads`: the threads that share a row; a power of two up to 1024.
    - `block_rows`: the rows that a block of threads works on at a time; more
      than one only if a row has at most the 32 threads of a warp.
    - `thread_elements`: the neighbouring elements of a row that a thread reads
      and writes by one access; a power of two up to 16.
    - `row_tile`: the elements of a row that the threads hold in registers at a
      time; a multiple of `row_threads * thread_elements`. A longer row is read
      once for each loop over it.
    - `row_blocks`: at most this many blocks of rows share sums over rows.
    - `row_chunk`: a longer row is summed in chunks of this many elements, or of
      the least multiple of it that makes at most 1024 of them; then their sums
      are added. A multiple of `row_tile`; 0, which is absent, sums a row at
      once.
    - `split_rows`: where there are fewer rows than this, each chunk has a block
      of its own; always if it is the largest number of 64 bits. 0, which is
      absent, gives a row to one block.
    - `tile_rows`: a sum over the rows of a matrix has the elements of a tile in
      so many rows; each thread adds those of one of them, then the rows of the
      tile are added. `row_tile` is a multiple of `tile_rows * thread_elements`.
    - `channel_block`: a sum over a channel has blocks of about so many elements
      of it, or of all channels if these are neighbours. 0, which is absent,
      takes as many as on a CPU.
    - `rows_ahead`: 1 reads the next row of a block, with sums over rows, while
      the one before it is worked on; 0, which is absent, does not.
    - `resident_threads`: so many threads are to be on a multiprocessor at once,
      which limits the registers of each. 0, which is absent, limits nothing but
      what a block needs.

    Example:
    ```mlir
    #norm.gpu_strategy<row_threads = 256, block_rows = 1, thread_elements = 8, row_tile = 4096, row_blocks = 256>
    ```
  }];
  let parameters = (ins "int64_t":$row_threads, "int64_t":$block_rows,
                        "int64_t":$thread_elements, "int64_t":$row_tile,
                        "int64_t":$row_blocks,
                        DefaultValuedParameter<"int64_t", "0">:$row_chunk,
                        DefaultValuedParameter<"int64_t", "0">:$split_rows,
                        DefaultValuedParameter<"int64_t", "1">:$tile_rows,
                        DefaultValuedParameter<"int64_t", "0">:$channel_block,
                        DefaultValuedParameter<"int64_t", "0">:$rows_ahead,
                        DefaultValuedParameter<"int64_t", "0">:$resident_threads);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Norm_RowSplitAttr : AttrDef<NormDialect, "RowSplit"> {
  let mnemonic = "row_split";
  let summary = "When and how the threads of a CPU share a row";
  let description = [{
    Where there are fewer rows than `rows`, and they have at least `columns`
    elements, each is cut into `chunks` parts, a power of two up to 64, of a
    power of two of the blocks of a sum. Threads sum the parts, then compute
    them. The sums have the bits of those of whole rows, since a part is a
    subtree of the tree in which blocks are added.

    Example:
    ```mlir
    #norm.row_split<columns = 262144, rows = 8, chunks = 32>
    ```
  }];
  let parameters = (ins "int64_t":$columns, "int64_t":$rows,
                        "int64_t":$chunks);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Norm_StrategyAttr : AttrDef<NormDialect, "Strategy"> {
  let mnemonic = "strategy";
  let summary = "The schedule of a norm op";
  let description = [{
    Written on an op by `norm-select-strategy`, or by hand, and obeyed by the
    transforms. For CPUs it never changes a result; in `gpu`, `row_threads`,
    `thread_elements`, `row_tile`, `row_chunk`, `row_blocks`, `tile_rows` and
    `channel_block` say in which order sums are added.

    - `vector_bits`: width of the vector registers that the code is made for.
    - `stream_bytes`: results are stored past the caches (non-temporal stores)
      when the tensors that the op reads and writes have at least this many
      bytes together; `0` is always, absent is never.
    - `stream_columns`: rows that start anywhere in a cache line are stored past
      the caches if they have at least so many elements: the part before the
      first whole line and that after the last one are stored on their own.
      Absent is 512.
    - `prefetch_bytes`: while results are stored past the caches, the operands
      of rows of up to this many bytes are prefetched one row ahead, those of
      longer rows in the same row; absent is no prefetch.
    - `grain_bytes`: the rows that a thread takes at a time have about this many
      bytes of these tensors; smaller data is left to the calling thread.
      Absent is 262144.
    - `split`: when and how threads share a row; absent is never.
    - `gpu`: how the threads of a GPU share the rows; absent is a CPU.

    Example:
    ```mlir
    #norm.strategy<vector_bits = 256, stream_bytes = 33554432>
    ```
  }];
  let parameters = (ins "int64_t":$vector_bits,
                        OptionalParameter<"std::optional<int64_t>">:$stream_bytes,
                        DefaultValuedParameter<"int64_t", "512">:$stream_columns,
                        OptionalParameter<"std::optional<int64_t>">:$prefetch_bytes,
                        DefaultValuedParameter<"int64_t", "262144">:$grain_bytes,
                        OptionalParameter<"::norm::RowSplitAttr">:$split,
                        OptionalParameter<"::norm::GPUStrategyAttr">:$gpu);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // NORM_IR_NORMATTRS_TD
