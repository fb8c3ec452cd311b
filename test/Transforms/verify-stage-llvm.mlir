// RUN: norm-opt %s --norm-verify-stage=stage=llvm --split-input-file --verify-diagnostics -o /dev/null

// expected-error@below {{'func.func' op is left at the end of stage 'llvm': expected the llvm dialect only}}
func.func private @declared()

// -----

llvm.func @in_order() {
  llvm.return
}
