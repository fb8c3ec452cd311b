//===- NpyHeader.cpp - The header of a .npy file --------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NpyHeader.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"

using namespace norm::runner;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static constexpr StringRef magic = "\x93NUMPY";
static constexpr char nativeOrder =
    llvm::endianness::native == llvm::endianness::little ? '<' : '>';

namespace {
/// Reads the header's text, the literal of a Python dict with exactly the keys
/// descr, fortran_order and shape, in any order.
class DictParser {
public:
  explicit DictParser(StringRef text) : rest(text) {}

  Error parse(NpyHeader &header);

private:
  /// Skips white space and takes `token` if it is next.
  bool consume(StringRef token) {
    rest = rest.ltrim(" \t\n");
    return rest.consume_front(token);
  }
  Error expect(StringRef token) {
    if (consume(token))
      return Error::success();
    return unexpected("'" + token + "'");
  }
  Error unexpected(const Twine &expected) {
    StringRef found = rest.trim(" \t\n").take_front(20);
    std::string text;
    llvm::raw_string_ostream stream(text);
    if (found.empty())
      stream << " before the end of the header";
    else {
      stream << ", found '";
      llvm::printEscapedString(found, stream);
      stream << "'";
    }
    return createStringError("bad header: expected " + expected + text);
  }
  Expected<StringRef> parseString();
  Error parseDescr(NpyHeader &header);
  Error parseOrder(NpyHeader &header);
  Error parseShape(NpyHeader &header);

  StringRef rest;
};
} // namespace

Expected<StringRef> DictParser::parseString() {
  char quote = consume("'") ? '\'' : consume("\"") ? '"' : 0;
  size_t end = quote ? rest.find(quote) : StringRef::npos;
  if (end == StringRef::npos)
    return unexpected("a quoted string");
  StringRef text = rest.take_front(end);
  rest = rest.drop_front(end + 1);
  return text;
}

Error DictParser::parseDescr(NpyHeader &header) {
  if (consume("["))
    return createStringError("expected elements of one number each, found a "
                             "structured type");
  Expected<StringRef> descr = parseString();
  if (!descr)
    return descr.takeError();

  header.descr = descr->str();
  return Error::success();
}

Error DictParser::parseOrder(NpyHeader &header) {
  if (consume("True"))
    header.layout = Layout::ColumnMajor;
  else if (consume("False"))
    header.layout = Layout::RowMajor;
  else
    return unexpected("True or False");
  return Error::success();
}

Error DictParser::parseShape(NpyHeader &header) {
  if (Error error = expect("("))
    return error;
  while (!consume(")")) {
    int64_t size;
    rest = rest.ltrim(" \t\n");
    StringRef digits = rest.take_while(llvm::isDigit);
    if (digits.empty())
      return unexpected("a size");
    if (digits.getAsInteger(10, size))
      return createStringError("expected sizes below 2^63, found " + digits);
    rest = rest.drop_front(digits.size());
    header.shape.push_back(size);
    if (consume(","))
      continue;
    // Without its comma (3) is a number and no tuple.
    if (header.shape.size() == 1)
      return unexpected("','");
    if (Error error = expect(")"))
      return error;
    break;
  }
  return Error::success();
}

Error DictParser::parse(NpyHeader &header) {
  if (Error error = expect("{"))
    return error;
  llvm::SmallVector<StringRef, 3> seen;
  while (!consume("}")) {
    Expected<StringRef> key = parseString();
    if (!key)
      return key.takeError();
    if (llvm::is_contained(seen, *key))
      return createStringError("bad header: key '" + *key + "' comes twice");
    seen.push_back(*key);
    if (Error error = expect(":"))
      return error;
    Error error = *key == "descr"           ? parseDescr(header)
                  : *key == "fortran_order" ? parseOrder(header)
                  : *key == "shape"
                      ? parseShape(header)
                      : createStringError("bad header: expected keys descr, "
                                          "fortran_order and shape, found '" +
                                          *key + "'");
    if (error)
      return error;
    if (consume(","))
      continue;
    if (Error error = expect("}"))
      return error;
    break;
  }
  for (StringRef key : {"descr", "fortran_order", "shape"})
    if (!llvm::is_contained(seen, key))
      return createStringError("bad header: expected key '" + key +
                               "', found none");
  if (!rest.trim(" \t\n").empty())
    return unexpected("nothing after '}'");
  return Error::success();
}

Expected<NpyHeader> norm::runner::parseNpyHeader(StringRef file) {
  if (!file.starts_with(magic))
    return createStringError("not a .npy file: expected the magic string "
                             "\"\\x93NUMPY\" at its start");
  if (file.size() < magic.size() + 2)
    return createStringError("truncated: the file ends before its format "
                             "version");
  unsigned major = static_cast<unsigned char>(file[magic.size()]);
  unsigned minor = static_cast<unsigned char>(file[magic.size() + 1]);
  if (major < 1 || major > 3 || minor != 0)
    return createStringError("expected format version 1.0, 2.0 or 3.0, found " +
                             Twine(major) + "." + Twine(minor));

  size_t lengthOffset = magic.size() + 2;
  size_t textOffset = lengthOffset + (major == 1 ? 2 : 4);
  if (file.size() < textOffset)
    return createStringError("truncated: the file ends before the length of "
                             "its header");
  const char *lengthBytes = file.data() + lengthOffset;
  size_t length = major == 1 ? llvm::support::endian::read16le(lengthBytes)
                             : llvm::support::endian::read32le(lengthBytes);
  if (file.size() - textOffset < length)
    return createStringError("truncated: expected a header of " +
                             Twine(length) + " bytes, found " +
                             Twine(file.size() - textOffset));

  NpyHeader header;
  if (Error error = DictParser(file.substr(textOffset, length)).parse(header))
    return error;
  header.dataOffset = textOffset + length;
  return header;
}

/// NumPy's letters for `type`, without the byte order.
static StringRef getDescr(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return "f2";
  case ElementType::BF16:
    return "u2";
  case ElementType::F32:
    return "f4";
  case ElementType::F64:
    return "f8";
  case ElementType::I1:
    return "b1";
  case ElementType::I8:
    return "i1";
  case ElementType::I16:
    return "i2";
  case ElementType::I32:
    return "i4";
  case ElementType::I64:
  case ElementType::Index:
    return "i8";
  }
  llvm_unreachable("unknown element type");
}

Error norm::runner::checkDescr(StringRef descr, ElementType type) {
  StringRef expected = getDescr(type);
  StringRef name = descr;
  char order = 0;
  if (!name.empty() && StringRef("<>=|").contains(name.front())) {
    order = name.front();
    name = name.drop_front();
  }
  bool isRaw = type == ElementType::BF16 && name == "V2";
  if (name != expected && !isRaw)
    return createStringError(
        "expected elements of type " + expected +
        (type == ElementType::BF16 ? " or V2" : "") + " (" +
        reference::getName(type) + "), found '" + descr + "'" +
        (name.starts_with("O") ? " (Python objects)" : ""));
  bool isOrdered = getByteSize(type) > 1 && !isRaw;
  if (isOrdered && order != nativeOrder)
    return createStringError("expected byte order '" + Twine(nativeOrder) +
                             "', found elements of type '" + descr + "'");
  return Error::success();
}

std::string norm::runner::formatNpyHeader(const HostTensor &tensor) {
  llvm::ArrayRef<int64_t> shape = tensor.getShape();
  bool columnMajor = tensor.getLayout() == Layout::ColumnMajor;
  std::string sizes;
  for (int64_t size : shape)
    sizes += std::to_string(size) + (shape.size() == 1 ? "," : ", ");
  if (shape.size() > 1)
    sizes.resize(sizes.size() - 2);
  char order = getByteSize(tensor.getType()) == 1 ? '|' : nativeOrder;
  std::string text =
      ("{'descr': '" + Twine(order) + getDescr(tensor.getType()) +
       "', 'fortran_order': " + (columnMajor ? "True" : "False") +
       ", 'shape': (" + sizes + "), }")
          .str();

  // The data begins at a multiple of 64 bytes.
  size_t prefix = magic.size() + 4;
  text.append((64 - (prefix + text.size() + 1) % 64) % 64, ' ');
  text += '\n';
  std::string header = magic.str();
  header += {'\x01', '\x00'};
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}
