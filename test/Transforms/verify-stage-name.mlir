// RUN: norm-opt %s --norm-verify-stage=stage=spirv --verify-diagnostics -o /dev/null

// expected-error@below {{expected a stage norm, linalg, tiled, vector, buffer or llvm, found 'spirv'}}
module {
}
