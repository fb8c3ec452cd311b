// RUN: norm-opt %s --norm-tile-columns --canonicalize --cse | FileCheck %s
// RUN: norm-opt %s --norm-tile-columns --norm-vectorize-rows | FileCheck %s --check-prefix=VECTORS

#id = affine_map<(i) -> (i)>

// On vectors of 256 bits products of f16 have whole tiles, other ops half ones; vectors have
// as many elements as the tiles, and no mask.
// CHECK-LABEL: func.func @f16
func.func @f16(%x: tensor<128xf16>, %y: tensor<128xf16>, %e: tensor<128xf16>) -> (tensor<128xf16>, tensor<128xf16>)
    attributes {norm.strategy = #norm.strategy<vector_bits = 256>} {
  // CHECK: scf.for %{{.*}} = %c0 to %c128 step %c64
  // VECTORS: vector.transfer_read {{.*}} {in_bounds = [true]} : {{.*}}, vector<64xf16>
  // VECTORS: vector.transfer_write {{.*}} {in_bounds = [true]} : vector<64xf16>
  %p = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%x, %y : tensor<128xf16>, tensor<128xf16>) outs(%e : tensor<128xf16>) {
  ^bb0(%a: f16, %b: f16, %o: f16):
    %t = arith.mulf %a, %b : f16
    linalg.yield %t : f16
  } -> tensor<128xf16>
  // CHECK: scf.for %{{.*}} = %c0 to %c128 step %c32
  // VECTORS: vector.transfer_read {{.*}} {in_bounds = [true]} : {{.*}}, vector<32xf16>
  // VECTORS: vector.transfer_write {{.*}} {in_bounds = [true]} : vector<32xf16>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<128xf16>) outs(%e : tensor<128xf16>) {
  ^bb0(%a: f16, %o: f16):
    %t = arith.addf %a, %a : f16
    linalg.yield %t : f16
  } -> tensor<128xf16>
  return %p, %q : tensor<128xf16>, tensor<128xf16>
}
