/* placeholder until written */
#include "engine.h"
#if defined(__GNUC__) && defined(__aarch64__)
static int never(void) { return 0; }
const linli_engine linli_engine_neon = {.name = "neon", .usable = never};
#endif
