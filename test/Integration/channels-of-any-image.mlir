// Images of any size with a known number of channels, of which whole tiles are made.

// RUN: norm-run %s --random=1 --verify --shape=x:2x64x3x7 --shape=dy:2x64x3x7 | FileCheck %s
// RUN: norm-run %s --random=1 --verify --shape=x:2x64x5x9 --shape=dy:2x64x5x9 | FileCheck %s
// RUN: norm-run %s --random=1 --verify --shape=x:2x64x3x7 --shape=dy:2x64x3x7 --target=cuda-emulated | FileCheck %s
// CHECK: verify result 0: passed

func.func @backprop(%x: tensor<?x64x?x?xbf16>, %m: tensor<64xf32>, %s: tensor<64xf32>, %sg: tensor<64xf32>,
                    %bg: tensor<64xf32>, %dy: tensor<?x64x?x?xbf16>) -> tensor<?x64x?x?xbf16> {
  %dx = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy layout(NCHW)
    : (tensor<?x64x?x?xbf16>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<?x64x?x?xbf16>) -> tensor<?x64x?x?xbf16>
  return %dx : tensor<?x64x?x?xbf16>
}
