// What CheckIntegrity finds.
#pragma once

#include <string>
#include <vector>

namespace tidemark {

class ThreadPool;

struct IntegrityOptions {
  bool checksums = true;          // read every file and compare its SHA-256
  bool statistics = false;        // decode every file and compare rows and bounds with the log
  ThreadPool* threads = nullptr;  // borrowed, may be null
};

struct Finding {
  std::string object;  // key in the lake
  std::string message;
};

}  // namespace tidemark
