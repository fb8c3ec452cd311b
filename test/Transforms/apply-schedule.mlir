// RUN: norm-opt %s --norm-apply-schedule --canonicalize --cse --split-input-file | FileCheck %s
// RUN: norm-opt %s --norm-apply-schedule="min-masked-bits=64" --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=NOMASKS

#row = strided<[1], offset: ?>

// Rows that start at a line are stored past the caches if the data is as large
// as the schedule says; all others as before. A fence follows the row loop.
// CHECK-LABEL: func.func @stream
// CHECK-SAME: (%[[Y:[^:]*]]: memref<?x4096xf32, {{.*}}>, %[[M:[^:]*]]: index, %[[BYTES:.*]]: index, %[[V:.*]]: vector<64xf32>)
func.func @stream(%y: memref<?x4096xf32, strided<[?, 1], offset: ?>>, %m: index, %bytes: index, %v: vector<64xf32>) {
  // CHECK-NOT: norm.loop_schedule
  // CHECK: %[[LARGE:.*]] = arith.cmpi uge, %[[BYTES]], %c1048576
  // CHECK: scf.forall
  // CHECK: %[[ROW:.*]] = memref.subview %[[Y]]
  // CHECK: %[[BASE:.*]] = memref.extract_aligned_pointer_as_index %[[ROW]]
  // CHECK: %[[OFFSET:.*]] = arith.muli %{{.*}}, %c4
  // CHECK: %[[ADDRESS:.*]] = arith.addi %[[BASE]], %[[OFFSET]]
  // CHECK: %[[BEFORE:.*]] = arith.subi %c0, %[[ADDRESS]]
  // CHECK: %[[REST:.*]] = arith.andi %[[BEFORE]], %c63
  // CHECK: %[[ALIGNED:.*]] = arith.cmpi eq, %[[REST]], %c0
  // CHECK: %[[BOTH:.*]] = arith.andi %[[LARGE]], %[[ALIGNED]]
  // CHECK: scf.if %[[BOTH]]
  // CHECK: scf.for %[[J:.*]] = %c0 to %c4096 step %c64
  // CHECK-NEXT: vector.store %[[V]], %[[ROW]][%[[J]]] {alignment = 64 : i64, nontemporal = true}
  // CHECK: else
  // CHECK: scf.for %[[J:.*]] = %c0 to %c4096 step %c64
  // CHECK-NEXT: vector.transfer_write %[[V]], %[[ROW]][%[[J]]]
  // CHECK: scf.if %[[LARGE]]
  // CHECK-NEXT: llvm.fence seq_cst
  // CHECK: return
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  scf.forall (%i) in (%m) {
    norm.loop_schedule <vector_bits = 256, stream_bytes = 1048576> bytes(%bytes)
    %row = memref.subview %y[%i, 0] [1, 4096] [1, 1] : memref<?x4096xf32, strided<[?, 1], offset: ?>> to memref<4096xf32, #row>
    scf.for %j = %c0 to %c4096 step %c64 {
      vector.transfer_write %v, %row[%j] {in_bounds = [true]} : vector<64xf32>, memref<4096xf32, #row>
    }
  }
  return
}

// -----

#row = strided<[1], offset: ?>

// With stream_bytes = 0 any size is large enough.
// CHECK-LABEL: func.func @always
func.func @always(%y: memref<?x4096xf32, strided<[?, 1], offset: ?>>, %m: index, %bytes: index, %v: vector<64xf32>) {
  // CHECK: arith.cmpi uge, %{{.*}}, %c0
  // CHECK: scf.forall
  // CHECK: nontemporal
  // CHECK: llvm.fence seq_cst
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  scf.forall (%i) in (%m) {
    norm.loop_schedule <vector_bits = 256, stream_bytes = 0> bytes(%bytes)
    %row = memref.subview %y[%i, 0] [1, 4096] [1, 1] : memref<?x4096xf32, strided<[?, 1], offset: ?>> to memref<4096xf32, #row>
    scf.for %j = %c0 to %c4096 step %c64 {
      vector.transfer_write %v, %row[%j] {in_bounds = [true]} : vector<64xf32>, memref<4096xf32, #row>
    }
  }
  return
}

// -----

#row = strided<[1], offset: ?>

// CHECK-LABEL: func.func @never
func.func @never(%y: memref<?x4096xf32, strided<[?, 1], offset: ?>>, %m: index, %bytes: index, %v: vector<64xf32>) {
  // CHECK-NOT: norm.loop_schedule
  // CHECK-NOT: nontemporal
  // CHECK-NOT: llvm.fence
  // CHECK: return
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  scf.forall (%i) in (%m) {
    norm.loop_schedule <vector_bits = 256> bytes(%bytes)
    %row = memref.subview %y[%i, 0] [1, 4096] [1, 1] : memref<?x4096xf32, strided<[?, 1], offset: ?>> to memref<4096xf32, #row>
    scf.for %j = %c0 to %c4096 step %c64 {
      vector.transfer_write %v, %row[%j] {in_bounds = [true]} : vector<64xf32>, memref<4096xf32, #row>
    }
  }
  return
}

// -----

#row = strided<[1], offset: ?>

// A store of less than a line, of a masked tile, or with strides stays.
// CHECK-LABEL: func.func @not_whole_lines
func.func @not_whole_lines(%y: memref<?x4096xbf16, strided<[?, 1], offset: ?>>, %s: memref<4096xf32, strided<[?]>>,
                           %m: index, %bytes: index, %v: vector<16xbf16>, %w: vector<64xbf16>, %u: vector<64xf32>, %mask: vector<64xi1>) {
  // CHECK-NOT: nontemporal
  // CHECK-NOT: llvm.fence
  // CHECK: return
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  scf.forall (%i) in (%m) {
    norm.loop_schedule <vector_bits = 256, stream_bytes = 0> bytes(%bytes)
    %row = memref.subview %y[%i, 0] [1, 4096] [1, 1] : memref<?x4096xbf16, strided<[?, 1], offset: ?>> to memref<4096xbf16, #row>
    scf.for %j = %c0 to %c4096 step %c16 {
      vector.transfer_write %v, %row[%j] {in_bounds = [true]} : vector<16xbf16>, memref<4096xbf16, #row>
    }
    scf.for %j = %c0 to %c4096 step %c64 {
      vector.transfer_write %w, %row[%j], %mask {in_bounds = [true]} : vector<64xbf16>, memref<4096xbf16, #row>
      vector.transfer_write %u, %s[%j] {in_bounds = [true]} : vector<64xf32>, memref<4096xf32, strided<[?]>>
    }
  }
  return
}

// -----

#row = strided<[1], offset: ?>

// A row that a later loop reads, such as a residual sum, stays in the caches;
// a later store to its end does not matter.
// CHECK-LABEL: func.func @read_again
// CHECK-SAME: (%[[S:[^:]*]]: memref<?x4096xf32, {{.*}}>, %[[Y:[^:]*]]: memref<?x4099xf32, {{.*}}>,
func.func @read_again(%s: memref<?x4096xf32, strided<[?, 1], offset: ?>>, %y: memref<?x4099xf32, strided<[?, 1], offset: ?>>,
                      %m: index, %bytes: index, %v: vector<64xf32>, %w: vector<3xf32>) {
  // CHECK-DAG: %[[ROW:.*]] = memref.subview %[[S]]
  // CHECK-DAG: %[[OUT:.*]] = memref.subview %[[Y]]
  // CHECK: scf.for
  // CHECK-NEXT: vector.transfer_write %{{.*}}, %[[ROW]]
  // CHECK: scf.if
  // CHECK: scf.for
  // CHECK: memref.subview %[[ROW]]
  // CHECK-NEXT: vector.transfer_read
  // CHECK-NEXT: vector.store %{{.*}}, %[[OUT]]{{.*}} nontemporal = true
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  %f = arith.constant 0.0 : f32
  scf.forall (%i) in (%m) {
    norm.loop_schedule <vector_bits = 256, stream_bytes = 0> bytes(%bytes)
    %row = memref.subview %s[%i, 0] [1, 4096] [1, 1] : memref<?x4096xf32, strided<[?, 1], offset: ?>> to memref<4096xf32, #row>
    %out = memref.subview %y[%i, 0] [1, 4099] [1, 1] : memref<?x4099xf32, strided<[?, 1], offset: ?>> to memref<4099xf32, #row>
    scf.for %j = %c0 to %c4096 step %c64 {
      vector.transfer_write %v, %row[%j] {in_bounds = [true]} : vector<64xf32>, memref<4096xf32, #row>
    }
    scf.for %j = %c0 to %c4096 step %c64 {
      %tile = memref.subview %row[%j] [64] [1] : memref<4096xf32, #row> to memref<64xf32, #row>
      %t = vector.transfer_read %tile[%c0], %f {in_bounds = [true]} : memref<64xf32, #row>, vector<64xf32>
      vector.transfer_write %t, %out[%j] {in_bounds = [true]} : vector<64xf32>, memref<4099xf32, #row>
    }
    %end = memref.subview %out[4096] [3] [1] : memref<4099xf32, #row> to memref<3xf32, #row>
    vector.transfer_write %w, %end[%c0] {in_bounds = [true]} : vector<3xf32>, memref<3xf32, #row>
  }
  return
}

// -----

#row = strided<[1], offset: ?>

// Rows that start anywhere in a line: what lies before the first whole line and
// after the last one is stored on its own, by masks where elements have them,
// else with what is there.
// CHECK-LABEL: func.func @anywhere
// CHECK-SAME: (%[[X:[^:]*]]: memref<?x4099xf32, {{.*}}>, %[[Y:[^:]*]]: memref<?x4099xf32, {{.*}}>,
func.func @anywhere(%x: memref<?x4099xf32, strided<[?, 1], offset: ?>>, %y: memref<?x4099xf32, strided<[?, 1], offset: ?>>,
                    %m: index, %bytes: index) {
  // CHECK-DAG: %[[LANE:.*]] = arith.constant dense<[0, 1, 2, {{.*}}, 63]> : vector<64xi32>
  // CHECK-DAG: %[[ROW:.*]] = memref.subview %[[X]]
  // CHECK-DAG: %[[OUT:.*]] = memref.subview %[[Y]]
  // CHECK: %[[BEFORE:.*]] = arith.subi %c0, %{{.*}} : index
  // CHECK-NEXT: %[[BYTES:.*]] = arith.andi %[[BEFORE]], %c63
  // CHECK-NEXT: %[[SHIFT:.*]] = arith.divui %[[BYTES]], %c4
  // CHECK: scf.if
  // CHECK: %[[REST:.*]] = arith.subi %c4096, %[[SHIFT]]
  // CHECK-NEXT: %[[PART:.*]] = arith.remui %[[REST]], %c64
  // CHECK-NEXT: %[[END:.*]] = arith.subi %c4096, %[[PART]]
  // CHECK-NEXT: scf.for %[[J:.*]] = %[[SHIFT]] to %[[END]] step %c64
  // CHECK-NEXT: %[[V:.*]] = vector.transfer_read %[[ROW]][%[[J]]]
  // CHECK-NEXT: vector.store %[[V]], %[[OUT]][%[[J]]] {alignment = 64 : i64, nontemporal = true}
  // CHECK: %[[SOME:.*]] = arith.cmpi ne, %[[SHIFT]], %c0
  // CHECK-NEXT: scf.if %[[SOME]]
  // CHECK-NEXT: %[[CAST:.*]] = arith.index_cast %[[SHIFT]] : index to i32
  // CHECK-NEXT: %[[BOUND:.*]] = vector.broadcast %[[CAST]]
  // CHECK-NEXT: %[[FIRST:.*]] = arith.cmpi ugt, %[[BOUND]], %[[LANE]]
  // CHECK-NEXT: %[[V:.*]] = vector.transfer_read %[[ROW]][%c0]
  // CHECK-NEXT: vector.transfer_write %[[V]], %[[OUT]][%c0], %[[FIRST]]
  // CHECK-NEXT: %[[LAST:.*]] = arith.cmpi ule, %[[BOUND]], %[[LANE]]
  // CHECK-NEXT: %[[V:.*]] = vector.transfer_read %[[ROW]][%c4032]
  // CHECK-NEXT: vector.transfer_write %[[V]], %[[OUT]][%c4032], %[[LAST]]
  // CHECK: } else {
  // CHECK-NEXT: scf.for
  // NOMASKS-LABEL: func.func @anywhere
  // NOMASKS: %[[V:.*]] = vector.transfer_read %{{.*}}[%c4032]
  // NOMASKS-NEXT: %[[OLD:.*]] = vector.load %[[OUT:.*]][%c4032]
  // NOMASKS-NEXT: %[[NEW:.*]] = arith.select %{{.*}}, %[[V]], %[[OLD]]
  // NOMASKS-NEXT: vector.transfer_write %[[NEW]], %[[OUT]][%c4032]
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  %f = arith.constant 0.0 : f32
  scf.forall (%i) in (%m) {
    norm.loop_schedule <vector_bits = 256, stream_bytes = 0> bytes(%bytes)
    %row = memref.subview %x[%i, 0] [1, 4099] [1, 1] : memref<?x4099xf32, strided<[?, 1], offset: ?>> to memref<4099xf32, #row>
    %out = memref.subview %y[%i, 0] [1, 4099] [1, 1] : memref<?x4099xf32, strided<[?, 1], offset: ?>> to memref<4099xf32, #row>
    scf.for %j = %c0 to %c4096 step %c64 {
      %t = vector.transfer_read %row[%j], %f {in_bounds = [true]} : memref<4099xf32, #row>, vector<64xf32>
      vector.transfer_write %t, %out[%j] {in_bounds = [true]} : vector<64xf32>, memref<4099xf32, #row>
    }
  }
  return
}

// Rows of fewer columns have to start at a line.
// CHECK-LABEL: func.func @short_rows
// CHECK: %[[BYTES:.*]] = arith.andi %{{.*}}, %c63
// CHECK-NEXT: arith.cmpi eq, %[[BYTES]], %c0
// CHECK: nontemporal
// CHECK-NOT: vector<64xi1>
func.func @short_rows(%y: memref<?x4099xf32, strided<[?, 1], offset: ?>>, %m: index, %bytes: index, %v: vector<64xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  scf.forall (%i) in (%m) {
    norm.loop_schedule <vector_bits = 256, stream_bytes = 0, stream_columns = 4097> bytes(%bytes)
    %out = memref.subview %y[%i, 0] [1, 4099] [1, 1] : memref<?x4099xf32, strided<[?, 1], offset: ?>> to memref<4099xf32, #row>
    scf.for %j = %c0 to %c4096 step %c64 {
      vector.transfer_write %v, %out[%j] {in_bounds = [true]} : vector<64xf32>, memref<4099xf32, #row>
    }
  }
  return
}

// -----

#row = strided<[1], offset: ?>

// What streams is prefetched in turns from four pages: for a tile of 64 f32 one
// line of each, in the window behind that of the next row's tile. The last row
// of a thread, and one that is longer than prefetch_bytes, is followed in
// itself; rows with gaps get no further than their first tile. Gamma, which is the same in all rows, is not prefetched.
// A row of 16 KB goes to the second-level cache (hint 2), one of 8 KB to the first.
// CHECK-LABEL: func.func @prefetch
// CHECK-SAME: %[[BEGIN:[^:]*]]: index, %[[END:[^:]*]]: index
func.func @prefetch(%x: memref<?x4096xf32, strided<[?, 1], offset: ?>>, %gamma: memref<4096xf32>, %y: memref<?x4096xf32, strided<[?, 1], offset: ?>>, %begin: index, %end: index, %bytes: index) {
  // CHECK: scf.for %[[I:.*]] = %[[BEGIN]] to %[[END]]
  // CHECK: scf.if
  // CHECK: %[[POINTER:.*]] = memref.extract_aligned_pointer_as_index
  // CHECK: %[[X:.*]] = arith.addi %[[POINTER]]
  // CHECK: %[[GAPS:.*]] = arith.cmpi ne, %strides{{.*}}#0, %c4096
  // CHECK: %[[COLUMN:.*]] = arith.select %[[GAPS]], %c0, %c4
  // CHECK: %[[STRIDE:.*]] = arith.muli %strides{{.*}}#0, %c4
  // CHECK: %[[NEXT:.*]] = arith.addi %[[I]], %c1
  // CHECK: %[[IS_ROW:.*]] = arith.cmpi slt, %[[NEXT]], %[[END]]
  // CHECK: %[[DISTANCE:.*]] = arith.select %[[IS_ROW]], %[[STRIDE]], %c0
  // CHECK: %[[AHEAD:.*]] = arith.addi %[[X]], %[[DISTANCE]]
  // CHECK: scf.for %[[J:.*]] = %c0 to %c4096 step %c64
  // CHECK: %[[BYTES:.*]] = arith.muli %[[J]], %[[COLUMN]]
  // CHECK: %[[TILE:.*]] = arith.addi %[[AHEAD]], %[[BYTES]]
  // CHECK: %[[WINDOW:.*]] = arith.andi %[[TILE]], %c-16384
  // CHECK: %[[QUARTER:.*]] = arith.shrui %[[TILE]], %c2
  // CHECK: %[[LINE:.*]] = arith.andi %[[QUARTER]], %c4032
  // CHECK: %[[IN_WINDOW:.*]] = arith.addi %[[WINDOW]], %[[LINE]]
  // CHECK: arith.addi %[[IN_WINDOW]], %c16384
  // CHECK: llvm.intr.prefetch{{.*}}hint = 2
  // CHECK: arith.addi %[[IN_WINDOW]], %c20480
  // CHECK: llvm.intr.prefetch{{.*}}hint = 2
  // CHECK: arith.addi %[[IN_WINDOW]], %c24576
  // CHECK: llvm.intr.prefetch{{.*}}hint = 2
  // CHECK: arith.addi %[[IN_WINDOW]], %c28672
  // CHECK: llvm.intr.prefetch{{.*}}hint = 2
  // CHECK-NOT: prefetch
  // CHECK: nontemporal
  // CHECK-NOT: prefetch
  // CHECK: return
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  %pad = arith.constant 0.0 : f32
  scf.for %i = %begin to %end step %c1 {
    norm.loop_schedule <vector_bits = 256, stream_bytes = 0, prefetch_bytes = 16384> bytes(%bytes)
    %row = memref.subview %x[%i, 0] [1, 4096] [1, 1] : memref<?x4096xf32, strided<[?, 1], offset: ?>> to memref<4096xf32, #row>
    %to = memref.subview %y[%i, 0] [1, 4096] [1, 1] : memref<?x4096xf32, strided<[?, 1], offset: ?>> to memref<4096xf32, #row>
    scf.for %j = %c0 to %c4096 step %c64 {
      %v = vector.transfer_read %row[%j], %pad {in_bounds = [true]} : memref<4096xf32, #row>, vector<64xf32>
      %g = vector.transfer_read %gamma[%j], %pad {in_bounds = [true]} : memref<4096xf32>, vector<64xf32>
      %p = arith.mulf %v, %g : vector<64xf32>
      vector.transfer_write %p, %to[%j] {in_bounds = [true]} : vector<64xf32>, memref<4096xf32, #row>
    }
  }
  return
}

// -----

#row = strided<[1], offset: ?>

// A row that is too long, and tiles of half as many bytes: two lines of a tile
// come from the first or the last two pages.
// CHECK-LABEL: func.func @prefetch_long_row
func.func @prefetch_long_row(%x: memref<?x4096xbf16, strided<[?, 1], offset: ?>>, %y: memref<?x4096xbf16, strided<[?, 1], offset: ?>>, %begin: index, %end: index, %bytes: index) {
  // CHECK-NOT: arith.cmpi slt
  // CHECK: %[[PAGE:.*]] = arith.muli %{{.*}}, %c64
  // CHECK: arith.andi %[[PAGE]], %c8192
  // CHECK-COUNT-2: llvm.intr.prefetch{{.*}}hint = 3
  // CHECK-NOT: llvm.intr.prefetch
  // CHECK: return
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  %pad = arith.constant 0.0 : bf16
  scf.for %i = %begin to %end step %c1 {
    norm.loop_schedule <vector_bits = 256, stream_bytes = 0, prefetch_bytes = 8191> bytes(%bytes)
    %row = memref.subview %x[%i, 0] [1, 4096] [1, 1] : memref<?x4096xbf16, strided<[?, 1], offset: ?>> to memref<4096xbf16, #row>
    %to = memref.subview %y[%i, 0] [1, 4096] [1, 1] : memref<?x4096xbf16, strided<[?, 1], offset: ?>> to memref<4096xbf16, #row>
    scf.for %j = %c0 to %c4096 step %c64 {
      %v = vector.transfer_read %row[%j], %pad {in_bounds = [true]} : memref<4096xbf16, #row>, vector<64xbf16>
      vector.transfer_write %v, %to[%j] {in_bounds = [true]} : vector<64xbf16>, memref<4096xbf16, #row>
    }
  }
  return
}

// -----

#row = strided<[1], offset: ?>

// The first of two sums over the rows of a matrix prefetches the next row; the
// other finds all rows in the caches.
// CHECK-LABEL: func.func @prefetch_sums
func.func @prefetch_sums(%x: memref<?x4096xf32, strided<[?, 1], offset: ?>>, %begin: index, %end: index, %rows: index, %bytes: index, %sums: memref<?x2xf32>) {
  // CHECK-COUNT-4: llvm.intr.prefetch{{.*}}hint = 2
  // CHECK: arith.addf
  // CHECK-NOT: llvm.intr.prefetch
  // CHECK: arith.mulf
  // CHECK: return
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<64xf32>
  scf.for %i = %begin to %end step %c1 {
    norm.loop_schedule <vector_bits = 256, prefetch_bytes = 16384> bytes(%bytes)
    %sum = scf.for %r = %c0 to %rows step %c1 iter_args(%a = %zero) -> (vector<64xf32>) {
      %row = scf.for %j = %c0 to %c4096 step %c64 iter_args(%b = %a) -> (vector<64xf32>) {
        %v = vector.transfer_read %x[%r, %j], %pad {in_bounds = [true]} : memref<?x4096xf32, strided<[?, 1], offset: ?>>, vector<64xf32>
        %c = arith.addf %b, %v : vector<64xf32>
        scf.yield %c : vector<64xf32>
      }
      scf.yield %row : vector<64xf32>
    }
    %squares = scf.for %r = %c0 to %rows step %c1 iter_args(%a = %zero) -> (vector<64xf32>) {
      %row = scf.for %j = %c0 to %c4096 step %c64 iter_args(%b = %a) -> (vector<64xf32>) {
        %v = vector.transfer_read %x[%r, %j], %pad {in_bounds = [true]} : memref<?x4096xf32, strided<[?, 1], offset: ?>>, vector<64xf32>
        %s = arith.mulf %v, %v : vector<64xf32>
        %c = arith.addf %b, %s : vector<64xf32>
        scf.yield %c : vector<64xf32>
      }
      scf.yield %row : vector<64xf32>
    }
    %first = vector.extract %sum[0] : f32 from vector<64xf32>
    %second = vector.extract %squares[0] : f32 from vector<64xf32>
    memref.store %first, %sums[%i, %c0] : memref<?x2xf32>
    memref.store %second, %sums[%i, %c1] : memref<?x2xf32>
  }
  return
}

// -----

// Two loops that share the columns of each tile prefetch half of the next row each, and a
// third one behind them nothing.
// CHECK-LABEL: func.func @prefetch_halves
func.func @prefetch_halves(%x: memref<?x4096xf32, strided<[?, 1], offset: ?>>, %begin: index, %end: index, %rows: index, %bytes: index, %sums: memref<?xf32>) {
  // CHECK: %[[NEXT:.*]] = arith.select %{{.*}}, %{{.*}}, %c0 : index
  // CHECK-NEXT: %[[ROW:.*]] = arith.addi %{{.*}}, %[[NEXT]] : index
  // CHECK-NEXT: scf.for %[[J:.*]] = %c0 to %c4096 step %c64
  // CHECK: %[[HALF:.*]] = arith.muli %[[J]], %c2
  // CHECK: %[[LINE:.*]] = arith.addi %[[ROW]], %[[HALF]]
  // CHECK: arith.index_cast %[[LINE]]
  // CHECK-COUNT-2: llvm.intr.prefetch{{.*}}hint = 2
  // CHECK-NOT: llvm.intr.prefetch
  // CHECK: %[[MIDDLE:.*]] = arith.addi %{{.*}}, %c8192
  // CHECK: scf.for %[[J:.*]] = %c0 to %c4096 step %c64
  // CHECK: %[[HALF:.*]] = arith.muli %[[J]], %c2
  // CHECK: %[[LINE:.*]] = arith.addi %[[MIDDLE]], %[[HALF]]
  // CHECK: arith.index_cast %[[LINE]]
  // CHECK-COUNT-2: llvm.intr.prefetch{{.*}}hint = 2
  // CHECK-NOT: llvm.intr.prefetch
  // CHECK: return
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<32xf32>
  scf.for %i = %begin to %end step %c1 {
    norm.loop_schedule <vector_bits = 256, prefetch_bytes = 16384> bytes(%bytes)
    %sum = scf.for %r = %c0 to %rows step %c1 iter_args(%a = %zero) -> (vector<32xf32>) {
      %low = scf.for %j = %c0 to %c4096 step %c64 iter_args(%b = %a) -> (vector<32xf32>) {
        %v = vector.transfer_read %x[%r, %j], %pad {in_bounds = [true]} : memref<?x4096xf32, strided<[?, 1], offset: ?>>, vector<32xf32>
        %c = arith.addf %b, %v : vector<32xf32>
        scf.yield %c : vector<32xf32>
      }
      %high = scf.for %j = %c0 to %c4096 step %c64 iter_args(%b = %low) -> (vector<32xf32>) {
        %k = arith.addi %j, %c32 : index
        %v = vector.transfer_read %x[%r, %k], %pad {in_bounds = [true]} : memref<?x4096xf32, strided<[?, 1], offset: ?>>, vector<32xf32>
        %c = arith.addf %b, %v : vector<32xf32>
        scf.yield %c : vector<32xf32>
      }
      %again = scf.for %j = %c0 to %c4096 step %c64 iter_args(%b = %high) -> (vector<32xf32>) {
        %k = arith.addi %j, %c32 : index
        %v = vector.transfer_read %x[%r, %k], %pad {in_bounds = [true]} : memref<?x4096xf32, strided<[?, 1], offset: ?>>, vector<32xf32>
        %c = arith.mulf %b, %v : vector<32xf32>
        scf.yield %c : vector<32xf32>
      }
      scf.yield %again : vector<32xf32>
    }
    %first = vector.extract %sum[0] : f32 from vector<32xf32>
    memref.store %first, %sums[%i] : memref<?xf32>
  }
  return
}

// -----

// Sums over the rows of a block, which two loops read: the last one prefetches what it will
// read of the next block into the second-level cache (hint 2). No further than itself gets
// the last block of a thread, and one that has more bytes than prefetch_bytes.
// CHECK-LABEL: func.func @prefetch_blocks
func.func @prefetch_blocks(%x: memref<?x64xf32, strided<[?, 1], offset: ?>>, %begin: index, %end: index, %bytes: index, %sums: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<64xf32>
  // CHECK: scf.for %[[I:.*]] = %{{.*}} to %[[END:.*]] step %[[STEP:.*]] {
  scf.for %i = %begin to %end step %c1 {
    norm.loop_schedule <vector_bits = 512, prefetch_bytes = 8192> bytes(%bytes)
    %first = arith.muli %i, %c32 : index
    // CHECK: %[[BYTES:.*]] = arith.muli %strides#0, %c128
    // CHECK: %[[NEXT:.*]] = arith.addi %[[I]], %[[STEP]]
    // CHECK: %[[HAS_NEXT:.*]] = arith.cmpi slt, %[[NEXT]], %[[END]]
    // CHECK: %[[SMALL:.*]] = arith.cmpi ule, %[[BYTES]], %c8192
    // CHECK: %[[BOTH:.*]] = arith.andi %[[HAS_NEXT]], %[[SMALL]]
    // CHECK: %[[AHEAD:.*]] = arith.select %[[BOTH]], %[[BYTES]], %c0
    %block = memref.subview %x[%first, 0] [32, 64] [1, 1] : memref<?x64xf32, strided<[?, 1], offset: ?>> to memref<32x64xf32, strided<[?, 1], offset: ?>>
    %sum = memref.subview %sums[%i, 0] [1, 64] [1, 1] : memref<?x64xf32> to memref<64xf32, strided<[1], offset: ?>>
    // CHECK-NOT: llvm.intr.prefetch
    // CHECK: arith.addf
    %s = scf.for %r = %c0 to %c32 step %c1 iter_args(%a = %zero) -> (vector<64xf32>) {
      %v = vector.transfer_read %block[%r, %c0], %pad {in_bounds = [true]} : memref<32x64xf32, strided<[?, 1], offset: ?>>, vector<64xf32>
      %b = arith.addf %a, %v : vector<64xf32>
      scf.yield %b : vector<64xf32>
    }
    // CHECK: arith.addi %{{.*}}, %[[AHEAD]]
    // CHECK-COUNT-4: llvm.intr.prefetch{{.*}}hint = 2
    // CHECK-NOT: llvm.intr.prefetch
    // CHECK: arith.mulf
    %t = scf.for %r = %c0 to %c32 step %c1 iter_args(%a = %s) -> (vector<64xf32>) {
      %v = vector.transfer_read %block[%r, %c0], %pad {in_bounds = [true]} : memref<32x64xf32, strided<[?, 1], offset: ?>>, vector<64xf32>
      %q = arith.mulf %v, %v : vector<64xf32>
      %b = arith.addf %a, %q : vector<64xf32>
      scf.yield %b : vector<64xf32>
    }
    vector.transfer_write %t, %sum[%c0] {in_bounds = [true]} : vector<64xf32>, memref<64xf32, strided<[1], offset: ?>>
  }
  return
}

// -----

// Not a part of the columns at a time, and not of blocks that are known to be too large.
// CHECK-LABEL: func.func @too_far_to_prefetch
// CHECK-NOT: llvm.intr.prefetch
func.func @too_far_to_prefetch(%x: memref<?x256xf32, strided<[?, 1], offset: ?>>, %y: memref<?x64xf32, strided<[?, 1], offset: ?>>, %rows: index, %begin: index, %end: index, %bytes: index, %sums: memref<?x256xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %c256 = arith.constant 256 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<64xf32>
  scf.for %i = %begin to %end step %c1 {
    norm.loop_schedule <vector_bits = 512, prefetch_bytes = 8191> bytes(%bytes)
    %first = arith.muli %i, %c32 : index
    %rest = arith.subi %rows, %first : index
    %size = arith.minui %rest, %c32 : index
    %block = memref.subview %x[%first, 0] [1, 256] [1, 1] : memref<?x256xf32, strided<[?, 1], offset: ?>> to memref<1x256xf32, strided<[?, 1], offset: ?>>
    %large = memref.subview %y[%first, 0] [%size, 64] [1, 1] : memref<?x64xf32, strided<[?, 1], offset: ?>> to memref<?x64xf32, strided<[?, 1], offset: ?>>
    %sum = memref.subview %sums[%i, 0] [1, 256] [1, 1] : memref<?x256xf32> to memref<256xf32, strided<[1], offset: ?>>
    scf.for %j = %c0 to %c256 step %c64 {
      %columns = memref.subview %block[0, %j] [1, 64] [1, 1] : memref<1x256xf32, strided<[?, 1], offset: ?>> to memref<1x64xf32, strided<[?, 1], offset: ?>>
      %s = scf.for %r = %c0 to %c1 step %c1 iter_args(%a = %zero) -> (vector<64xf32>) {
        %v = vector.transfer_read %columns[%r, %c0], %pad {in_bounds = [true]} : memref<1x64xf32, strided<[?, 1], offset: ?>>, vector<64xf32>
        %b = arith.addf %a, %v : vector<64xf32>
        scf.yield %b : vector<64xf32>
      }
      vector.transfer_write %s, %sum[%j] {in_bounds = [true]} : vector<64xf32>, memref<256xf32, strided<[1], offset: ?>>
    }
    %t = scf.for %r = %c0 to %size step %c1 iter_args(%a = %zero) -> (vector<64xf32>) {
      %v = vector.transfer_read %large[%r, %c0], %pad {in_bounds = [true]} : memref<?x64xf32, strided<[?, 1], offset: ?>>, vector<64xf32>
      %b = arith.addf %a, %v : vector<64xf32>
      scf.yield %b : vector<64xf32>
    }
    vector.transfer_write %t, %sum[%c0] {in_bounds = [true]} : vector<64xf32>, memref<256xf32, strided<[1], offset: ?>>
  }
  return
}
