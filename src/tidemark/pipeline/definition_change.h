// What another configuration asks of a lake: stages that have to be computed anew, and tables and
// series that nobody asks for any more.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/result.h"
#include "tidemark/lake/lake.h"
#include "tidemark/pipeline/config.h"
#include "tidemark/pipeline/series_group.h"

namespace tidemark {

struct DefinitionChange {
  WholeStages whole;                // last computed with another spec, or never
  std::vector<TableSpec> unwanted;  // derived tables that were computed and are switched off
  std::vector<std::string> notes;   // the same in words
  bool any() const { return whole.any() || !unwanted.empty(); }
  // What the names of the operators to forget begin with: snapshots of a spec that comes back are
  // of another history of the table.
  std::vector<std::string_view> operators() const;
};

Result<DefinitionChange> FindDefinitionChange(const Config& config, const LakeView& view);

// Takes out what nobody asks for: switched-off tables, and of the others the series of a roll-up,
// bar or horizon that is gone. `series` are the base series there will be.
Status RemoveUnwanted(const Config& config, const DefinitionChange& change, const LakeView& view,
                      const std::vector<SeriesId>& series, EpochWriter& writer);

}  // namespace tidemark
