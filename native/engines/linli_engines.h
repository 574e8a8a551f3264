/*
 * Engines: SM4, GHASH and SM3 written for one kind of processor each. Hosts only.
 *
 * All give the same bytes. The choice is the caller's, once: these functions keep no state, and
 * every key context remembers the engine it was made with.
 *
 * The cffi build takes its declarations from this file, dropping the lines that begin with '#'.
 */
#ifndef LINLI_ENGINES_H
#define LINLI_ENGINES_H

#include "linli_core.h"

/* The engines this processor can run, the fastest first; NULL behind the last. */
const linli_engine *linli_engine_at(size_t index);

const char *linli_engine_name(const linli_engine *engine);

/* Whether neither a branch nor an address of its SM4 depends on key or data. */
int linli_engine_constant_time(const linli_engine *engine);

/*
 * Takes `cycles` cycles of the processor's clock, rounded down to a multiple of 64 (additions that
 * wait for one another, one a cycle), and returns that multiple; 0 at once where the compiler
 * cannot promise it. A call costs a few cycles more, and a migration or an interrupt many.
 */
size_t linli_spin(size_t cycles);

/*
 * Encrypt or seal `length` bytes `times` times, always the same: for benchmarks only. ECB takes
 * whole blocks; `out` has room for 16 bytes more.
 */
void linli_repeat_ecb(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t length,
                      size_t times);
void linli_repeat_ctr(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t length,
                      size_t times);
void linli_repeat_ccm(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t length,
                      size_t times);
void linli_repeat_gcm(const linli_gcm *gcm, uint8_t *out, const uint8_t *in, size_t length,
                      size_t times);

#endif
