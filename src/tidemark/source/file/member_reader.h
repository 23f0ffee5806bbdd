// Reads one member's decoded text: finds out what it is, then parses it block by block, in parallel
// where there are threads, and delivers in order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tidemark/source/file/delivery.h"
#include "tidemark/source/file/layout.h"
#include "tidemark/source/file/name_hints.h"
#include "tidemark/source/file/options.h"
#include "tidemark/source/file/row_stream.h"

namespace tidemark {

// All that is known before the first row is delivered.
struct MemberPlan {
  std::unique_ptr<BlockParser> parser;  // or
  std::unique_ptr<RowStream> stream;    // one of the two
  bool line_based() const { return parser != nullptr && parser->line_based(); }
  const ColumnMap& columns() const {
    return stream != nullptr ? stream->columns() : parser->columns;
  }
  bool with_ids() const { return columns().Find(Role::kId) >= 0; }
  RowRules rules;
  std::string venue;
  std::optional<Symbol> symbol;
  std::string words;
};

// How rows of this member will be read. `text`: all of it. Errors: kParse, kInvalidArgument.
Result<MemberPlan> PlanMember(std::string_view text, const NameHints& hints,
                              const CandleFileOptions& options);

// Delivers text[begin, end). `begin` is 0, or after a line end when plan.line_based(). Calls
// `passed` with the ends of blocks in turn, each when it was parsed.
Status ReadMember(std::string_view text, size_t begin, MemberPlan& plan, ThreadPool* threads,
                  Delivery& delivery, const std::function<void(size_t)>& passed);

}  // namespace tidemark
