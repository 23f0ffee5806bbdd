// The options of a verb, declared in the words of CLI11 without its headers: that library is large,
// and only options.cc and cli.cc need it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tidemark {

// One option being declared; methods may be chained.
class VerbOption {
 public:
  explicit VerbOption(CLI::Option* option) : option_(option) {}
  VerbOption& TypeName(const std::string& name);  // "FILE" in --output FILE
  VerbOption& Group(const std::string& title);    // heading in the help
  VerbOption& Required();
  VerbOption& ShowDefault();
  VerbOption& OneOf(const std::vector<std::string>& choices);
  VerbOption& Range(double least, double most);
  VerbOption& Repeated();  // a list: one value each time the option is given
  VerbOption& Excludes(VerbOption other);

 private:
  CLI::Option* option_;
};

// The options of one verb. Names are as CLI11 reads them: "-o,--output", or "FILE" for a word
// without dashes. The variables are borrowed until the command line has been parsed.
class VerbOptions {
 public:
  explicit VerbOptions(CLI::App* app) : app_(app) {}
  VerbOption Add(const std::string& name, std::string& value, const std::string& help);
  VerbOption Add(const std::string& name, std::vector<std::string>& values,
                 const std::string& help);
  VerbOption Add(const std::string& name, int& value, const std::string& help);
  VerbOption Add(const std::string& name, int64_t& value, const std::string& help);
  VerbOption Add(const std::string& name, uint64_t& value, const std::string& help);
  VerbOption Add(const std::string& name, double& value, const std::string& help);
  VerbOption AddFlag(const std::string& name, bool& value, const std::string& help);

 private:
  CLI::App* app_;
};

}  // namespace tidemark
