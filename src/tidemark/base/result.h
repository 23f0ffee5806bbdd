// The one error idiom: a function that can fail returns Result<T> (or Status), never throws across
// the edge of a room.
//
// Error codes are a closed list. One table (kErrorCodes in result.cc) maps each to its name, its
// exit code and whether trying again later can help. Context (file, offset, symbol) is added while
// unwinding, outermost first: "reading ltcusd.csv: line 17: close is not a number".
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace tidemark {

enum class ErrorCode {
  kCheckFailed,      // a check the user asked for failed (verify, gaps --fail, evaluate)
  kInvalidArgument,  // wrong usage or configuration
  kVersion,          // stored by another, incompatible version
  kTooManyRejects,   // more input rejected than allowed; the lake is unchanged
  kNotFound,         // a file, table, series or epoch does not exist
  kUnavailable,      // a source, sink or store cannot be reached; try again
  kPermission,       // the world refused: credentials, file modes
  kParse,            // bytes that are not what they claim to be
  kIo,               // the operating system failed us: disk full, read error
  kCorrupt,          // the lake or the journal is damaged
  kLocked,           // held by another writer
  kConflict,         // another writer has committed where we wanted to
  kFull,             // a bound we were given is reached; goes on when room was made
  kUnsupported,      // valid, but not offered by this build
  kInternal,         // a defect of ours
};

struct ErrorCodeInfo {
  std::string_view name;
  int exit_code;
  bool retryable;
};
const ErrorCodeInfo& InfoOf(ErrorCode code);

class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}
  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  bool operator==(const Error&) const = default;
  // The same error with `context` in front: "context: message".
  Error With(std::string_view context) const {
    return Error(code_, std::string(context) + ": " + message_);
  }

 private:
  ErrorCode code_;
  std::string message_;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

inline std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return std::unexpected<Error>(Error(code, std::move(message)));
}
inline std::unexpected<Error> Fail(Error error) { return std::unexpected<Error>(std::move(error)); }

}  // namespace tidemark

#define TM_CONCAT_INNER(a, b) a##b
#define TM_CONCAT(a, b) TM_CONCAT_INNER(a, b)
// Returns the error of `expression` (a Status or Result) from the enclosing function.
#define TM_TRY(expression)                                   \
  do {                                                       \
    if (auto tm_status = (expression); !tm_status)           \
      return ::tidemark::Fail(std::move(tm_status).error()); \
  } while (false)
// TM_ASSIGN(auto x, F()): declares or assigns from a Result, or returns its error.
#define TM_ASSIGN(lhs, expression) TM_ASSIGN_INNER(TM_CONCAT(tm_result_, __LINE__), lhs, expression)
#define TM_ASSIGN_INNER(result, lhs, expression)                   \
  auto result = (expression);                                      \
  if (!result) return ::tidemark::Fail(std::move(result).error()); \
  lhs = *std::move(result)
