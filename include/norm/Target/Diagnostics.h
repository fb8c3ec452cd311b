//===- Diagnostics.h - MLIR diagnostics as error values ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_DIAGNOSTICS_H
#define NORM_TARGET_DIAGNOSTICS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/LogicalResult.h"

#include <string>

namespace mlir {
class MLIRContext;
} // namespace mlir

namespace norm {

/// An error made of diagnostics: lines of "file:line:col: error: ..", each with
/// its line of the source, if that can be read, and followed by its notes.
class DiagnosticError : public llvm::ErrorInfo<DiagnosticError> {
public:
  explicit DiagnosticError(std::string text) : text(std::move(text)) {}

  /// The lines, without the last line break.
  const std::string &getText() const { return text; }

  void log(llvm::raw_ostream &os) const override { os << text; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

  static char ID;

private:
  std::string text;
};

/// Where diagnostics that are no errors go.
struct MessageOptions {
  /// Warnings, and remarks if wanted, are written here in the form of
  /// DiagnosticError. Not owned; null: they are dropped.
  llvm::raw_ostream *stream = nullptr;

  /// Write remarks as well.
  bool showRemarks = false;
};

/// Runs `action` and returns the errors that it reports to `context`, or that
/// it failed, as a DiagnosticError. `doing` says in the latter case what
/// failed: "`doing` failed". Other diagnostics go to `messages`.
llvm::Error
collectDiagnostics(mlir::MLIRContext *context, const MessageOptions &messages,
                   llvm::StringRef doing,
                   llvm::function_ref<llvm::LogicalResult()> action);

/// Writes `error` as a command-line tool does: diagnostics as they are,
/// anything else as "`tool`: error: ..", one line each.
void printError(llvm::raw_ostream &os, llvm::StringRef tool, llvm::Error error);

} // namespace norm

#endif // NORM_TARGET_DIAGNOSTICS_H
