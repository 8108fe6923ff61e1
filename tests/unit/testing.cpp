// Keeps every shared test header compiling on its own.
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
