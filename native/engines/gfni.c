/* placeholder until written */
#include "engine.h"
#if defined(__GNUC__) && defined(__x86_64__)
static int never(void) { return 0; }
const linli_engine linli_engine_gfni = {.name = "gfni", .usable = never};
#endif
