// `tidemark run --study`: the original study's job (docs/concepts/study.md) on one series.
#pragma once

#include "tidemark/base/result.h"
#include "tidemark/pipeline/base_series.h"
#include "tidemark/pipeline/config.h"

namespace tidemark {

// The series the study is about: LTC where there is one, else the first. REQUIRES not empty.
const SeriesId& StudySeries(const std::vector<SeriesId>& all);

// Trains the study's two models on the closes of `base` and replaces its rows of the study table.
// Errors: kNotFound with too few rows.
Status WriteStudy(const Config& config, BaseSeries& base, ThreadPool& threads, EpochWriter& writer);

}  // namespace tidemark
