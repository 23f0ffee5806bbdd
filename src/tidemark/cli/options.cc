#include "tidemark/cli/options.h"

#include <CLI/CLI.hpp>

namespace tidemark {

VerbOption& VerbOption::TypeName(const std::string& name) {
  option_->type_name(name);
  return *this;
}
VerbOption& VerbOption::Group(const std::string& title) {
  option_->group(title);
  return *this;
}
VerbOption& VerbOption::Required() {
  option_->required();
  return *this;
}
VerbOption& VerbOption::ShowDefault() {
  option_->capture_default_str();
  return *this;
}
VerbOption& VerbOption::OneOf(const std::vector<std::string>& choices) {
  // The message names the choices; the help says them in words of its own.
  option_->check(CLI::IsMember(choices).description(""));
  return *this;
}
VerbOption& VerbOption::Range(double least, double most) {
  option_->check(CLI::Range(least, most).description(""));
  return *this;
}
VerbOption& VerbOption::Repeated() {
  option_->type_size(1)->allow_extra_args(false);
  return *this;
}
VerbOption& VerbOption::Excludes(VerbOption other) {
  option_->excludes(other.option_);
  return *this;
}

namespace {

// A word without dashes shows its name only, not its type.
VerbOption Declared(CLI::Option* option) {
  if (option->get_positional()) option->type_name("");
  return VerbOption(option);
}

}  // namespace

VerbOption VerbOptions::Add(const std::string& name, std::string& value, const std::string& help) {
  return Declared(app_->add_option(name, value, help));
}
VerbOption VerbOptions::Add(const std::string& name, std::vector<std::string>& values,
                            const std::string& help) {
  return Declared(app_->add_option(name, values, help));
}
VerbOption VerbOptions::Add(const std::string& name, int& value, const std::string& help) {
  return VerbOption(app_->add_option(name, value, help));
}
VerbOption VerbOptions::Add(const std::string& name, int64_t& value, const std::string& help) {
  return VerbOption(app_->add_option(name, value, help));
}
VerbOption VerbOptions::Add(const std::string& name, uint64_t& value, const std::string& help) {
  return VerbOption(app_->add_option(name, value, help));
}
VerbOption VerbOptions::Add(const std::string& name, double& value, const std::string& help) {
  return VerbOption(app_->add_option(name, value, help));
}
VerbOption VerbOptions::AddFlag(const std::string& name, bool& value, const std::string& help) {
  return VerbOption(app_->add_flag(name, value, help));
}

}  // namespace tidemark
