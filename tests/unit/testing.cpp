// Keeps every shared test header compiling on its own.
#include "unit/child.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
