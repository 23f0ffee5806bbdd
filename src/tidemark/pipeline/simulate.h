// The simulator of candle files, as the command line sees it.
#pragma once

#include "tidemark/source/simulator/candle_simulator.h"
