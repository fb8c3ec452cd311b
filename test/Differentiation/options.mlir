// RUN: norm-opt %s --norm-differentiate="function=f arguments=2,0" | FileCheck %s --check-prefix=ARGUMENTS
// RUN: norm-opt %s --norm-differentiate="function=f residuals=return" | FileCheck %s --check-prefix=RETURN
// RUN: norm-opt %s --norm-differentiate="function=g residuals=return" | FileCheck %s --check-prefix=REUSED
// RUN: norm-opt %s --norm-differentiate="function=stats residuals=return" | FileCheck %s --check-prefix=STATS

// ARGUMENTS:     func.func @f_vjp(
// ARGUMENTS-SAME:  tensor<3x64xf32>, %{{.*}}: tensor<64xf32>, %{{.*}}: tensor<64xf32>, %{{.*}}: tensor<3x64xf32>)
// ARGUMENTS-SAME:  -> (tensor<64xf32>, tensor<3x64xf32>)
// ARGUMENTS:       %[[D:.*]]:3 = norm.rmsnorm_grad
// ARGUMENTS:       return %[[D]]#2,
// ARGUMENTS-NOT: @g_vjp

// The norm op's results are kept; sin is computed again.
// RETURN:      func.func @f_fwd(
// RETURN-SAME:   -> (tensor<3x64xf32>, tensor<3x64xf32>, tensor<3xf32>)
// RETURN-SAME:   attributes {norm.residuals = array<i64: 1, 2>}
// RETURN:        %[[N:.*]]:2 = norm.rmsnorm
// RETURN:        %[[C:.*]] = math.cos %[[N]]#0
// RETURN:        return %[[C]], %[[N]]#0, %[[N]]#1
// RETURN:      func.func @f_vjp(
// RETURN-SAME:   %[[X:.*]]: tensor<3x64xf32>, %[[G:.*]]: tensor<64xf32>, %{{.*}}: tensor<64xf32>,
// RETURN-SAME:   %[[DY:.*]]: tensor<3x64xf32>, %[[Y:.*]]: tensor<3x64xf32>, %[[RRMS:.*]]: tensor<3xf32>)
// RETURN-NOT:    norm.rmsnorm %
// RETURN:        %[[S:.*]] = math.sin %[[X]]
// RETURN:        math.sin %[[Y]]
// RETURN:        norm.rmsnorm_grad %{{.*}}, %[[S]], %[[RRMS]] gamma(%[[G]])

// A result of the function that the gradient reads is not returned twice.
// REUSED:      func.func @g_fwd(
// REUSED-SAME:   -> (tensor<4xf32> {norm.name = "y"}, f32, tensor<4xf32>)
// REUSED-SAME:   attributes {norm.residuals = array<i64: 2, 0>}
// REUSED:      func.func @g_vjp(
// REUSED-SAME:   tensor<4xf32> {norm.name = "dy"}, %{{.*}}: f32, %{{.*}}: tensor<4xf32>, %{{.*}}: tensor<4xf32>)

// STATS:      func.func @stats_fwd(
// STATS-SAME:   -> (tensor<?xf32>, tensor<?xf32>) attributes {norm.residuals = array<i64: 1, 0>}
// STATS:      func.func @stats_vjp(

func.func @f(%x: tensor<3x64xf32>, %g: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<3x64xf32> {
  %s = math.sin %x : tensor<3x64xf32>
  %y = norm.rmsnorm %s gamma(%g) beta(%b) axis(1) epsilon(1.0e-6)
    : (tensor<3x64xf32>, tensor<64xf32>, tensor<64xf32>) -> tensor<3x64xf32>
  %e = math.cos %y : tensor<3x64xf32>
  return %e : tensor<3x64xf32>
}

func.func @g(%x: tensor<4xf32>) -> (tensor<4xf32> {norm.name = "y"}, f32) {
  %one = arith.constant 1.0 : f32
  %r = norm.reciprocal %x : (tensor<4xf32>) -> tensor<4xf32>
  %y = math.exp %r : tensor<4xf32>
  return %y, %one : tensor<4xf32>, f32
}

func.func @stats(%x: tensor<2x?xf32>) -> tensor<?xf32> {
  %m, %s = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW)
    : (tensor<2x?xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  return %s : tensor<?xf32>
}
