// How reading verbs get at a lake: which epoch, which series, which times.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/base/time.h"
#include "tidemark/lake/lake.h"
#include "tidemark/pipeline/config.h"

namespace tidemark {

struct Selection {
  std::string venue, symbol, interval;  // "" = all
  TimeRange times = TimeRange::All();
  std::string as_of;  // "" = the latest epoch; an epoch's number, or a time: the epoch of then

  bool Matches(const SeriesKey& series) const;
};

// What the flags of a reading verb say, checked: the symbol and the interval in any spelling they
// are accepted in. Errors: kInvalidArgument naming the flag.
struct SelectionFlags {
  std::string venue, symbol, interval, since, until, as_of;
};
Result<Selection> MakeSelection(const SelectionFlags& flags);

struct PinnedLake {
  std::unique_ptr<Lake> lake;
  LakeView view;
};

// Errors: kNotFound (no lake there, no such epoch), kInvalidArgument, those of the lake.
Result<PinnedLake> PinLake(const Config& config, const std::string& as_of = "");

// The series of a table that the selection takes, sorted. kNotFound, naming those there are, when
// it names series and none matches; empty when the table is.
Result<std::vector<SeriesKey>> SelectSeries(const LakeView& view, const TableSpec& spec,
                                            const Selection& selection);

// The same of several tables, whose series may be others: an error only when none of them has any.
Result<std::vector<std::vector<SeriesKey>>> SelectSeries(
    const LakeView& view, std::initializer_list<const TableSpec*> specs,
    const Selection& selection);

// Credentials for `config.s3`: as configured, else from the credentials file or the usual chain.
Result<S3Options> CredentialsOf(const Config& config);

// The features table with the columns it has in this epoch.
TableSpec StoredFeaturesTable(const LakeView& view);

}  // namespace tidemark
