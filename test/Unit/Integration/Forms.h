//===- Forms.h - Several forms of an op in one module ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_INTEGRATION_FORMS_H
#define NORM_TEST_INTEGRATION_FORMS_H

#include "RMSNormCase.h"

namespace norm::test {

/// Forms of an op compiled together, since compiling costs more than running.
/// `Case` describes one, as RMSNormCase does.
template <typename Case> class FormsOf {
public:
  explicit FormsOf(std::vector<Case> forms, const Options &options = {})
      : cases(std::move(forms)), kernel(getText(cases), options),
        isAffine(options.isAffine) {}

  static std::string getName(size_t form) { return "f" + std::to_string(form); }

  /// Runs a form on dense inputs.
  std::vector<Array> run(size_t form, const std::vector<Array> &inputs) const {
    return kernel.run(getName(form), inputs);
  }

  /// Compares the results of a form for random inputs, of which x has `sizes`,
  /// with the evaluator's; "" if they agree.
  std::string check(size_t form, const Sizes &sizes, uint64_t seed = 1) {
    return check(form, cases[form].makeInputs(sizes, seed));
  }
  std::string check(size_t form, const std::vector<Array> &inputs) {
    return accuracy.check(cases[form], inputs, run(form, inputs),
                          kernel.evaluate(getName(form), inputs), isAffine);
  }

  const std::vector<Case> cases;
  const Kernel kernel;
  const bool isAffine;
  /// Of all checks so far.
  Accuracy accuracy;

private:
  static std::string getText(const std::vector<Case> &cases) {
    std::string text;
    for (size_t i = 0; i < cases.size(); ++i)
      text += cases[i].getText(getName(i));
    return text;
  }
};

using Forms = FormsOf<RMSNormCase>;

/// The name of a type, for tests with it as parameter.
struct TypeName {
  template <typename Info> std::string operator()(const Info &info) const {
    return reference::getName(info.param);
  }
};

} // namespace norm::test

#endif // NORM_TEST_INTEGRATION_FORMS_H
