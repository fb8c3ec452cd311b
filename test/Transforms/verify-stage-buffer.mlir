// RUN: norm-opt %s --norm-verify-stage=stage=buffer --split-input-file --verify-diagnostics -o /dev/null

func.func @tensor_value(%x: memref<4xf32>) {
  // expected-error@below {{'bufferization.to_tensor' op is left at the end of stage 'buffer': expected no tensor}}
  %y = bufferization.to_tensor %x : memref<4xf32> to tensor<4xf32>
  return
}

// -----

func.func @schedule(%bytes: index) {
  // expected-error@below {{'norm.loop_schedule' op is left at the end of stage 'buffer': expected all schedules to be applied}}
  norm.loop_schedule <vector_bits = 128> bytes(%bytes)
  return
}

// -----

func.func @allocation() {
  // expected-error@below {{'memref.alloc' op is left at the end of stage 'buffer': expected buffers to lie in scratch memory}}
  %x = memref.alloc() : memref<4xf32>
  return
}

// -----

func.func @in_order(%x: memref<4xf32>, %v: vector<4xf32>, %i: index) {
  vector.store %v, %x[%i] : memref<4xf32>, vector<4xf32>
  return
}
