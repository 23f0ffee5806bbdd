// The simulators of candle files and of venues, as the command line sees them.
#pragma once

#include "tidemark/source/simulator/candle_simulator.h"
#include "tidemark/source/simulator/simulated_venue.h"
#include "tidemark/source/simulator/venue_server.h"
