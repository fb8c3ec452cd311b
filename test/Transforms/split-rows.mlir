// RUN: norm-opt %s --norm-split-rows --canonicalize --cse | FileCheck %s

#long = #norm.gpu_strategy<row_threads = 64, block_rows = 1, thread_elements = 4, row_tile = 256, row_blocks = 264, row_chunk = 512, split_rows = 4, tile_rows = 2, channel_block = 4096, rows_ahead = 1, resident_threads = 512>

// 3 chunks for each of 2 rows: their sums, then what is made of them, and what
// a row has one of. All three add the sums of a row by the lanes of a warp.
// CHECK-LABEL: func.func @few_rows
// CHECK-SAME: %[[X:[^:]*]]: tensor<2x1300xf32>, %[[G:[^:]*]]: tensor<1300xf32>
// CHECK: %[[SUMS:.*]] = scf.forall (%[[I:.*]], %[[C:.*]]) in (2, 3) {{.*}} -> (tensor<2x3xf32>)
// CHECK-NEXT: norm.loop_schedule <{{.*}}row_blocks = 264, tile_rows = 2, channel_block = 4096, rows_ahead = 1, resident_threads = 512>> bytes
// CHECK: %[[AT:.*]] = arith.muli %[[C]], %c512
// CHECK: %[[N:.*]] = affine.min
// CHECK: %[[CHUNK:.*]] = tensor.extract_slice %[[X]][%[[I]], %[[AT]]] [1, %[[N]]] [1, 1]
// CHECK: %[[S:.*]] = linalg.generic {{.*}}["reduction"]{{.*}} ins(%[[CHUNK]] : tensor<?xf32>)
// CHECK: tensor.parallel_insert_slice %[[S]] into {{.*}}[%[[I]], %[[C]]] [1, 1] [1, 1]
// CHECK: scf.forall (%[[I:.*]], %[[C:.*]]) in (2, 3) {{.*}} -> (tensor<2x1300xf32>)
// CHECK: norm.loop_schedule <{{.*}}gpu = <row_threads = 32, block_rows = 1, thread_elements = 1, row_tile = 32, row_blocks = 1>>
// CHECK: %[[OF_ROW:.*]] = tensor.extract_slice %[[SUMS]][%[[I]], 0] [1, 3] [1, 1]
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}}["reduction"]{{.*}} ins(%[[OF_ROW]] : tensor<3xf32>)
// CHECK: norm.loop_schedule <{{.*}}row_threads = 64
// CHECK: %[[GAMMA:.*]] = tensor.extract_slice %[[G]][%{{.*}}] [%{{.*}}] [1]
// CHECK: linalg.generic {{.*}}["parallel"]{{.*}} ins(%{{.*}}, %[[SUM]], %[[GAMMA]]
// CHECK: scf.forall (%{{.*}}) in (2) {{.*}} -> (tensor<2xf32>)
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}}["reduction"]{{.*}} ins(%{{.*}} : tensor<3xf32>)
// CHECK: tensor.parallel_insert_slice %[[SUM]]
// CHECK-NOT: scf.forall (
func.func @few_rows(%x: tensor<2x1300xf32>, %g: tensor<1300xf32>) -> (tensor<2x1300xf32>, tensor<2xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x1300xf32>
  %f = tensor.empty() : tensor<2xf32>
  %0:2 = scf.forall (%i) in (2) shared_outs(%y = %e, %r = %f) -> (tensor<2x1300xf32>, tensor<2xf32>) {
    norm.loop_schedule <vector_bits = 128, gpu = #long> bytes(%c0)
    %row = tensor.extract_slice %x[%i, 0] [1, 1300] [1, 1] : tensor<2x1300xf32> to tensor<1300xf32>
    %s = tensor.empty() : tensor<f32>
    %init = linalg.fill ins(%zero : f32) outs(%s : tensor<f32>) -> tensor<f32>
    %sum = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]} ins(%row : tensor<1300xf32>) outs(%init : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %a = arith.addf %out, %in : f32
      linalg.yield %a : f32
    } -> tensor<f32>
    %t = tensor.empty() : tensor<1300xf32>
    %z = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%row, %sum, %g : tensor<1300xf32>, tensor<f32>, tensor<1300xf32>) outs(%t : tensor<1300xf32>) {
    ^bb0(%in: f32, %of_row: f32, %weight: f32, %out: f32):
      %p = arith.mulf %in, %of_row : f32
      %q = arith.mulf %p, %weight : f32
      linalg.yield %q : f32
    } -> tensor<1300xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %z into %y[%i, 0] [1, 1300] [1, 1] : tensor<1300xf32> into tensor<2x1300xf32>
      tensor.parallel_insert_slice %sum into %r[%i] [1] [1] : tensor<f32> into tensor<2xf32>
    }
  }
  return %0#0, %0#1 : tensor<2x1300xf32>, tensor<2xf32>
}

// Whether they are few is known when the function runs: the loop itself has
// all rows or none.
// CHECK-LABEL: func.func @some_rows
// CHECK-SAME: %{{.*}}: tensor<?x1024xf32>
// CHECK: %[[M:.*]] = tensor.dim
// CHECK: %[[FEW:.*]] = arith.cmpi ult, %[[M]], %c4
// CHECK: %[[WHOLE:.*]] = arith.select %[[FEW]], %c0, %[[M]]
// CHECK: %[[ROWS:.*]] = scf.forall (%{{.*}}) in (%[[WHOLE]])
// CHECK-NEXT: norm.loop_schedule <{{.*}}row_chunk = 512, split_rows = 4, tile_rows = 2,
// CHECK: %[[SPLIT:.*]] = arith.select %[[FEW]], %[[M]], %c0
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (%[[SPLIT]], 2) {{.*}} -> (tensor<?x2xf32>)
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (%[[SPLIT]], 2) shared_outs(%{{.*}} = %[[ROWS]]) -> (tensor<?x1024xf32>)
func.func @some_rows(%x: tensor<?x1024xf32>) -> tensor<?x1024xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x1024xf32>
  %e = tensor.empty(%m) : tensor<?x1024xf32>
  %0 = scf.forall (%i) in (%m) shared_outs(%y = %e) -> (tensor<?x1024xf32>) {
    norm.loop_schedule <vector_bits = 128, gpu = #long> bytes(%c0)
    %row = tensor.extract_slice %x[%i, 0] [1, 1024] [1, 1] : tensor<?x1024xf32> to tensor<1024xf32>
    %s = tensor.empty() : tensor<f32>
    %init = linalg.fill ins(%zero : f32) outs(%s : tensor<f32>) -> tensor<f32>
    %sum = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]} ins(%row : tensor<1024xf32>) outs(%init : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %a = arith.addf %out, %in : f32
      linalg.yield %a : f32
    } -> tensor<f32>
    %t = tensor.empty() : tensor<1024xf32>
    %z = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%row, %sum : tensor<1024xf32>, tensor<f32>) outs(%t : tensor<1024xf32>) {
    ^bb0(%in: f32, %of_row: f32, %out: f32):
      %p = arith.mulf %in, %of_row : f32
      linalg.yield %p : f32
    } -> tensor<1024xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %z into %y[%i, 0] [1, 1024] [1, 1] : tensor<1024xf32> into tensor<?x1024xf32>
    }
  }
  return %0 : tensor<?x1024xf32>
}

// The length of a row is computed in the loop, but needed in front of it.
// CHECK-LABEL: func.func @length_in_loop
// CHECK-SAME: %{{.*}}: tensor<2x?xf32>, %[[A:.*]]: index, %[[B:.*]]: index
// CHECK: %[[N:.*]] = arith.muli %[[A]], %[[B]]
// CHECK: arith.cmpi uge, %[[N]]
// CHECK: scf.forall
func.func @length_in_loop(%x: tensor<2x?xf32>, %a: index, %b: index) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %f = tensor.empty() : tensor<2xf32>
  %0 = scf.forall (%i) in (2) shared_outs(%r = %f) -> (tensor<2xf32>) {
    norm.loop_schedule <vector_bits = 128, gpu = #long> bytes(%c0)
    %n = arith.muli %a, %b : index
    %row = tensor.extract_slice %x[%i, 0] [1, %n] [1, 1] : tensor<2x?xf32> to tensor<?xf32>
    %s = tensor.empty() : tensor<f32>
    %init = linalg.fill ins(%zero : f32) outs(%s : tensor<f32>) -> tensor<f32>
    %sum = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]} ins(%row : tensor<?xf32>) outs(%init : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %t = arith.addf %out, %in : f32
      linalg.yield %t : f32
    } -> tensor<f32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %sum into %r[%i] [1] [1] : tensor<f32> into tensor<2xf32>
    }
  }
  return %0 : tensor<2xf32>
}

// Rows without sums are left alone.
// CHECK-LABEL: func.func @left_alone
// CHECK: scf.forall (%{{.*}}) in (2)
// CHECK-NOT: scf.forall (
func.func @left_alone(%x: tensor<2x1024xf32>) -> tensor<2x1024xf32> {
  %c0 = arith.constant 0 : index
  %e = tensor.empty() : tensor<2x1024xf32>
  %0 = scf.forall (%i) in (2) shared_outs(%y = %e) -> (tensor<2x1024xf32>) {
    norm.loop_schedule <vector_bits = 128, gpu = #long> bytes(%c0)
    %row = tensor.extract_slice %x[%i, 0] [1, 1024] [1, 1] : tensor<2x1024xf32> to tensor<1024xf32>
    %t = tensor.empty() : tensor<1024xf32>
    %z = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%row : tensor<1024xf32>) outs(%t : tensor<1024xf32>) {
    ^bb0(%in: f32, %out: f32):
      %p = arith.negf %in : f32
      linalg.yield %p : f32
    } -> tensor<1024xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %z into %y[%i, 0] [1, 1024] [1, 1] : tensor<1024xf32> into tensor<2x1024xf32>
    }
  }
  return %0 : tensor<2x1024xf32>
}

// On a CPU the chunks are as many blocks of 4096 as a power of two; each has a
// sum for every lane, and what a row is multiplied by comes from their tree. A
// value of each row is not cut.
// CHECK-LABEL: func.func @cpu
// CHECK-SAME: %[[X:[^:]*]]: tensor<2x40000xf32>, %[[W:[^:]*]]: tensor<2xf32>
// CHECK: %[[SUMS:.*]] = scf.forall (%[[I:.*]], %[[C:.*]]) in (2, 3) {{.*}} -> (tensor<2x3x64xf32>)
// CHECK-NEXT: norm.loop_schedule <vector_bits = 128> bytes
// CHECK: %[[AT:.*]] = arith.muli %[[C]], %c16384
// CHECK: %[[N:.*]] = affine.min
// CHECK: %[[CHUNK:.*]] = tensor.extract_slice %[[X]][%[[I]], %[[AT]]] [1, %[[N]]] [1, 1]
// CHECK: %[[S:.*]] = linalg.generic {indexing_maps = [#[[ROW:.*]], #[[LANE:.*]]], iterator_types = ["reduction"]} ins(%[[CHUNK]] : tensor<?xf32>) outs(%{{.*}} : tensor<64xf32>)
// CHECK: tensor.parallel_insert_slice %[[S]] into {{.*}}[%[[I]], %[[C]], 0] [1, 1, 64] [1, 1, 1]
// CHECK: scf.forall (%[[I:.*]], %{{.*}}) in (2, 3) {{.*}} -> (tensor<2x40000xf32>)
// CHECK-DAG: %[[WEIGHT:.*]] = tensor.extract_slice %[[W]][%[[I]]] [1] [1] : tensor<2xf32> to tensor<f32>
// CHECK-DAG: %[[OF_ROW:.*]] = tensor.extract_slice %[[SUMS]][%[[I]], 0, 0] [1, 3, 64] [1, 1, 1]
// CHECK-DAG: %[[A:.*]] = tensor.extract_slice %[[OF_ROW]][0, 0] [1, 64]
// CHECK-DAG: %[[B:.*]] = tensor.extract_slice %[[OF_ROW]][1, 0] [1, 64]
// CHECK-DAG: %[[D:.*]] = tensor.extract_slice %[[OF_ROW]][2, 0] [1, 64]
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}}["reduction"]} ins(%[[A]], %[[B]], %[[D]] :
// CHECK-NEXT: ^bb0(%[[A0:.*]]: f32, %[[B0:.*]]: f32, %[[D0:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[AB:.*]] = arith.addf %[[A0]], %[[B0]]
// CHECK-NEXT: arith.addf %[[AB]], %[[D0]]
// CHECK: linalg.generic {{.*}}["parallel"]{{.*}} ins(%{{.*}}, %[[SUM]], %[[WEIGHT]]
// CHECK-NOT: scf.forall (
func.func @cpu(%x: tensor<2x40000xf32>, %w: tensor<2xf32>) -> tensor<2x40000xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x40000xf32>
  %0 = scf.forall (%i) in (2) shared_outs(%y = %e) -> (tensor<2x40000xf32>) {
    norm.loop_schedule <vector_bits = 128, split = <columns = 40000, rows = 3, chunks = 4>> bytes(%c0)
    %row = tensor.extract_slice %x[%i, 0] [1, 40000] [1, 1] : tensor<2x40000xf32> to tensor<40000xf32>
    %weight = tensor.extract_slice %w[%i] [1] [1] : tensor<2xf32> to tensor<f32>
    %s = tensor.empty() : tensor<f32>
    %init = linalg.fill ins(%zero : f32) outs(%s : tensor<f32>) -> tensor<f32>
    %sum = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]} ins(%row : tensor<40000xf32>) outs(%init : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %a = arith.addf %out, %in : f32
      linalg.yield %a : f32
    } -> tensor<f32>
    %t = tensor.empty() : tensor<40000xf32>
    %z = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%row, %sum, %weight : tensor<40000xf32>, tensor<f32>, tensor<f32>) outs(%t : tensor<40000xf32>) {
    ^bb0(%in: f32, %of_row: f32, %of_row2: f32, %out: f32):
      %p = arith.mulf %in, %of_row : f32
      %q = arith.mulf %p, %of_row2 : f32
      linalg.yield %q : f32
    } -> tensor<40000xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %z into %y[%i, 0] [1, 40000] [1, 1] : tensor<40000xf32> into tensor<2x40000xf32>
    }
  }
  return %0 : tensor<2x40000xf32>
}

// Too many rows, or too short ones.
// CHECK-LABEL: func.func @cpu_whole
// CHECK: scf.forall (%{{.*}}) in (2)
// CHECK-NOT: tensor<2x{{.*}}x64xf32>
func.func @cpu_whole(%x: tensor<2x4000xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2xf32>
  %0 = scf.forall (%i) in (2) shared_outs(%y = %e) -> (tensor<2xf32>) {
    norm.loop_schedule <vector_bits = 128, split = <columns = 4001, rows = 3, chunks = 4>> bytes(%c0)
    %row = tensor.extract_slice %x[%i, 0] [1, 4000] [1, 1] : tensor<2x4000xf32> to tensor<4000xf32>
    %s = tensor.empty() : tensor<f32>
    %init = linalg.fill ins(%zero : f32) outs(%s : tensor<f32>) -> tensor<f32>
    %sum = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]} ins(%row : tensor<4000xf32>) outs(%init : tensor<f32>) {
    ^bb0(%in: f32, %out: f32):
      %a = arith.addf %out, %in : f32
      linalg.yield %a : f32
    } -> tensor<f32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %sum into %y[%i] [1] [1] : tensor<f32> into tensor<2xf32>
    }
  }
  return %0 : tensor<2xf32>
}
