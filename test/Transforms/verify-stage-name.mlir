// RUN: norm-opt %s --norm-verify-stage=stage=spirv --verify-diagnostics -o /dev/null

// expected-error@below {{expected a stage norm, linalg, tiled, vector, buffer, llvm, gpu or nvvm, found 'spirv'}}
module {
}
