//===- Diagnostics.cpp - MLIR diagnostics as error values -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/Diagnostics.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace norm;

char DiagnosticError::ID = 0;

namespace {
/// Formats diagnostics on request.
struct Formatter : mlir::SourceMgrDiagnosticHandler {
  using SourceMgrDiagnosticHandler::emitDiagnostic;
  using SourceMgrDiagnosticHandler::SourceMgrDiagnosticHandler;
};
} // namespace

Error norm::collectDiagnostics(mlir::MLIRContext *context,
                               const MessageOptions &messages, StringRef doing,
                               function_ref<LogicalResult()> action) {
  std::string errors;
  raw_string_ostream errorStream(errors);
  SourceMgr sources;
  // The formatters are handlers too, but the one below is asked first and
  // passes nothing on.
  Formatter errorFormat(sources, context, errorStream);
  Formatter messageFormat(sources, context,
                          messages.stream ? *messages.stream : nulls());
  mlir::ScopedDiagnosticHandler handler(
      context, [&](mlir::Diagnostic &diagnostic) {
        mlir::DiagnosticSeverity severity = diagnostic.getSeverity();
        if (severity == mlir::DiagnosticSeverity::Error)
          errorFormat.emitDiagnostic(diagnostic);
        else if (messages.stream &&
                 (severity != mlir::DiagnosticSeverity::Remark ||
                  messages.showRemarks))
          messageFormat.emitDiagnostic(diagnostic);
        return success();
      });
  bool failed = action().failed();
  if (!errors.empty())
    return make_error<DiagnosticError>(StringRef(errors).rtrim('\n').str());
  if (failed)
    return createStringError(doing + " failed");
  return Error::success();
}

void norm::printError(raw_ostream &os, StringRef tool, Error error) {
  handleAllErrors(
      std::move(error),
      [&](const DiagnosticError &error) { os << error.getText() << "\n"; },
      [&](const ErrorInfoBase &error) {
        os << tool << ": error: " << error.message() << "\n";
      });
}
