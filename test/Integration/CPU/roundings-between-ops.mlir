// Each op on f16 and bf16 rounds, also where the next one is computed in f32 as it is: the
// difference of two sums is what the rounding left of them.
// RUN: norm-run %s --entry=of_bf16 --random=1 --verify
// RUN: norm-run %s --entry=of_f16 --random=1 --verify
// RUN: norm-run %s --entry=of_bf16 --random=1 --verify --target=cuda-emulated
// RUN: norm-run %s --entry=of_f16 --random=1 --verify --target=cuda-emulated

func.func @of_bf16(%x: tensor<5x130xbf16>, %u: tensor<5x130xbf16>) -> (tensor<5x130xbf16>, tensor<5x130xbf16>) {
  %s = arith.addf %x, %u : tensor<5x130xbf16>
  %d = arith.subf %s, %x : tensor<5x130xbf16>
  %n = norm.rmsnorm %d axis(1) epsilon(1.0e-5) : (tensor<5x130xbf16>) -> tensor<5x130xbf16>
  return %d, %n : tensor<5x130xbf16>, tensor<5x130xbf16>
}

func.func @of_f16(%x: tensor<5x130xf16>, %u: tensor<5x130xf16>) -> (tensor<5x130xf16>, tensor<5x130xf16>) {
  %s = arith.addf %x, %u : tensor<5x130xf16>
  %d = arith.subf %s, %x : tensor<5x130xf16>
  %n = norm.rmsnorm %d axis(1) epsilon(1.0e-5) : (tensor<5x130xf16>) -> tensor<5x130xf16>
  return %d, %n : tensor<5x130xf16>, tensor<5x130xf16>
}
