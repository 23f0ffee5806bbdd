#include "tidemark/pipeline/upkeep.h"

#include "tidemark/pipeline/lake_access.h"

namespace tidemark {

Result<CompactReport> Compact(WriteSession& session, const CompactionOptions& options) {
  TM_ASSIGN(const auto writer, session.lake().Begin(session.view(), &session.threads()));
  CompactReport report;
  TM_ASSIGN(report.files, session.lake().Compact(session.view(), *writer, options));
  if (report.files.files_before > 0) TM_TRY(session.Commit(*writer));
  report.epoch = session.view().epoch();
  return report;
}

Result<CompactReport> CompactLake(const Config& config) {
  if (auto there = PinLake(config); !there) return Fail(there.error());
  TM_ASSIGN(const auto session, WriteSession::Open(config, "tidemark compact"));
  return Compact(*session);
}

Result<VacuumReport> VacuumLake(const Config& config, int64_t retention_us, bool dry_run) {
  std::unique_ptr<Lake> lake;
  {
    // Says kNotFound before anything is made. Only the lake is kept: the pin would count as a
    // reader.
    TM_ASSIGN(PinnedLake pinned, PinLake(config));
    lake = std::move(pinned.lake);
  }
  if (dry_run) return lake->Vacuum(retention_us, true);
  TM_ASSIGN(const auto session, WriteSession::Open(config, "tidemark vacuum"));
  return session->lake().Vacuum(retention_us, false);
}

}  // namespace tidemark
