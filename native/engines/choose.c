/* Which engines this processor can run. */
#include "engine.h"

static const linli_engine *const ENGINES[] = {
#ifdef LINLI_X86_64
    &linli_engine_avx512,
    &linli_engine_gfni,
    &linli_engine_aesni_avx2,
    &linli_engine_aesni,
#endif
#if defined(__GNUC__) && defined(__aarch64__)
    &linli_engine_neon,
#endif
    &linli_engine_bitsliced,
    &linli_engine_portable,
};

const linli_engine *linli_engine_at(size_t index)
{
    for (size_t i = 0; i < sizeof ENGINES / sizeof ENGINES[0]; i++) {
        if (ENGINES[i]->usable() && index-- == 0) {
            return ENGINES[i];
        }
    }
    return NULL;
}

const char *linli_engine_name(const linli_engine *engine)
{
    return engine->name;
}

int linli_engine_constant_time(const linli_engine *engine)
{
    return engine->constant_time;
}
