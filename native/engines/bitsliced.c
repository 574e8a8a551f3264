/* placeholder until written */
#include "engine.h"
static int never(void) { return 0; }
const linli_engine linli_engine_bitsliced = {.name = "bitsliced", .usable = never};
