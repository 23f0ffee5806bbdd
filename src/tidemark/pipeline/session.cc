#include "tidemark/pipeline/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include "tidemark/base/file.h"
#include "tidemark/feature/feature_pack.h"
#include "tidemark/pipeline/definitions.h"
#include "tidemark/pipeline/derive.h"
#include "tidemark/pipeline/lake_access.h"

namespace tidemark {
namespace {

constexpr std::string_view kSpecHash = "tidemark.spec_hash";

Result<std::string> SetAside(const std::string& path) {
  const std::string aside = fmt::format("{}.damaged.{}", path, SystemClock().Now().us);
  TM_TRY(RenameFile(path, aside));
  return fmt::format("the journal was damaged and is set aside as {}; ", aside);
}

// A journal that cannot be read is set aside: it holds nothing that the lake does not have.
Result<std::unique_ptr<Journal>> OpenJournal(const std::string& path, std::string* recovered) {
  auto journal = Journal::Open(path);
  if (journal || journal.error().code() != ErrorCode::kCorrupt) return journal;
  TM_ASSIGN(const std::string said, SetAside(path));
  *recovered += said;
  return Journal::Open(path);
}

}  // namespace

int ThreadsOf(const Config& config) {
  return config.threads > 0 ? config.threads : AvailableProcessors();
}

Result<std::vector<TableWithProperties>> TablesOf(const Config& config) {
  std::vector<TableWithProperties> tables;
  const std::string definitions = PrintDefinitions(config);
  const auto add = [&](const TableSpec& spec, const std::string& hash) {
    std::map<std::string, std::string> properties;
    if (!hash.empty()) {
      properties.emplace(kSpecHash, hash);
      properties.emplace(kDefinitionsProperty, definitions);
    }
    tables.push_back({spec, std::move(properties)});
  };
  for (const TableSpec* base : {&VendorCandlesTable(), &RevisionsTable(), &RejectsTable(),
                                &LedgerTable(), &WatermarksTable()}) {
    add(*base, "");
  }
  if (config.candles) {
    const std::string hash = CandlesSpecHash(config);
    add(CandlesTable(), hash);
    add(GapsTable(), hash);
    add(GapEventsTable(), "");
    if (!config.bars.empty()) add(BarsTable(), BarsSpecHash(config));
  }
  if (config.derive_features) {
    TM_ASSIGN(const FeaturePack pack, FeaturePack::Make(config.features, Interval()));
    add(FeaturesTable(pack.names()), FeaturesSpecHash(config, Interval()));
  }
  if (config.derive_features && config.derive_forecasts) {
    const std::string hash = ForecastsSpecHash(config, Interval());
    for (const TableSpec* table :
         {&ModelsTable(), &ForecastsTable(), &OutcomesTable(), &ScoresTable()}) {
      add(*table, hash);
    }
  }
  return tables;
}

bool SpecChanged(const LakeView& view, const TableWithProperties& table) {
  if (!view.HasTable(table.spec.name)) return true;
  const auto stored = view.PropertiesOf(table.spec.name);
  const auto is = stored.find(std::string(kSpecHash));
  const auto should_be = table.properties.find(std::string(kSpecHash));
  return should_be != table.properties.end() &&
         (is == stored.end() || is->second != should_be->second);
}

Result<std::unique_ptr<WriteSession>> WriteSession::Open(const Config& config,
                                                         std::string_view holder, bool live) {
  auto session = std::make_unique<WriteSession>();
  session->threads_ = std::make_unique<ThreadPool>(ThreadsOf(config), live);
  if (live) session->seconds_ = std::make_unique<AllSecondFolds>();
  TM_ASSIGN(const S3Options s3, CredentialsOf(config));
  TM_ASSIGN(session->lake_, Lake::Open(config.lake, s3));
  TM_TRY(session->lake_->LockForWriting(fmt::format("{}, process {}", holder, ::getpid())));
  TM_ASSIGN(session->journal_, OpenJournal(session->lake_->journal_path(), &session->recovered_));
  TM_TRY(session->Recover());
  TM_ASSIGN(LakeView view, session->lake_->Pin());
  session->view_ = std::make_unique<LakeView>(std::move(view));
  TM_ASSIGN(const int64_t journal_epoch, session->journal_->LastEpoch());
  if (journal_epoch != session->view_->epoch()) {
    if (session->view_->epoch() > 0) {
      session->recovered_ +=
          fmt::format("the journal is at epoch {}, the lake at {}: operator state is recomputed; ",
                      journal_epoch, session->view_->epoch());
    }
    TM_TRY(session->journal_->DropSnapshots());
  }
  session->snapshots_ = std::make_unique<JournalSnapshots>(*session->journal_);
  return session;
}

Result<std::string> WriteSession::SetDamagedJournalAside(const Config& config) {
  TM_ASSIGN(const S3Options s3, CredentialsOf(config));
  TM_ASSIGN(const std::unique_ptr<Lake> lake, Lake::Open(config.lake, s3));
  TM_TRY(lake->LockForWriting(fmt::format("tidemark, process {}", ::getpid())));
  const std::string path = lake->journal_path();
  {
    TM_ASSIGN(const std::unique_ptr<Journal> journal, Journal::Open(path));
    const auto whole = journal->CheckIntegrity();
    if (whole || whole.error().code() != ErrorCode::kCorrupt) return std::string();
  }
  return SetAside(path);
}

Result<LakeFacts> WriteSession::Facts() {
  if (facts_epoch_ != view_->epoch()) {
    LakeFacts facts;
    TM_ASSIGN(facts.watermarks, WatermarksOf(*view_));
    TM_ASSIGN(facts.gaps, TradeGapsOf(*view_));
    KeepFacts(std::move(facts));
  }
  return facts_;
}

void WriteSession::KeepFacts(LakeFacts facts) {
  facts_ = std::move(facts);
  facts_epoch_ = view_->epoch();
}

std::string WriteSession::journal_folder() const {
  const std::string journal = lake_->journal_path();
  return journal.substr(0, journal.rfind('/'));
}

Status WriteSession::Recover() {
  TM_ASSIGN(const auto pending, journal_->PendingEpoch());
  std::optional<PreparedEpoch> prepared;
  if (pending) {
    TM_ASSIGN(prepared, PreparedEpoch::Parse(pending->prepared));
    TM_TRY(lake_->Commit(*prepared));
    TM_TRY(journal_->MarkDone(pending->epoch));
    recovered_ +=
        fmt::format("epoch {} was prepared but not finished: finished it; ", pending->epoch);
  }
  TM_ASSIGN(const LakeView view, lake_->Pin());
  return lake_->RemoveUnprepared(view.epoch(), prepared);
}

Result<std::unique_ptr<EpochWriter>> WriteSession::Begin(const Config& config) {
  TM_ASSIGN(std::unique_ptr<EpochWriter> writer, lake_->Begin(*view_, threads_.get()));
  TM_ASSIGN(const std::vector<TableWithProperties> tables, TablesOf(config));
  for (const TableWithProperties& table : tables) {
    TM_TRY(writer->DeclareTable(table.spec, table.properties));
  }
  return writer;
}

Status WriteSession::Commit(EpochWriter& writer) {
  TM_ASSIGN(const PreparedEpoch prepared, writer.Prepare());
  TM_TRY(journal_->Prepare(prepared.epoch, prepared.Serialize(), snapshots_->TakeChanges()));
  TM_TRY(lake_->Commit(prepared));
  TM_TRY(journal_->MarkDone(prepared.epoch));
  TM_ASSIGN(LakeView view, lake_->Pin());
  view_ = std::make_unique<LakeView>(std::move(view));
  return {};
}

}  // namespace tidemark
