/* Jobs done many times in one call: benchmarks leave out by them what a call from Python costs. */
#include "linli_engines.h"

void linli_repeat_ecb(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t length,
                      size_t times)
{
    for (; times > 0; times--) {
        linli_ecb_encrypt(sm4, out, in, length / 16);
    }
}

void linli_repeat_ctr(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t length,
                      size_t times)
{
    uint8_t counter[16] = {0};
    for (; times > 0; times--) {
        linli_ctr(sm4, counter, out, in, length);
    }
}

void linli_repeat_ccm(const linli_sm4 *sm4, uint8_t *out, const uint8_t *in, size_t length,
                      size_t times)
{
    const uint8_t nonce[12] = {0}, header[8] = {0};
    for (; times > 0; times--) {
        linli_ccm_seal(sm4, out, nonce, 12, header, 8, in, length, 16);
    }
}

void linli_repeat_gcm(const linli_gcm *gcm, uint8_t *out, const uint8_t *in, size_t length,
                      size_t times)
{
    const uint8_t nonce[12] = {0}, header[8] = {0};
    for (; times > 0; times--) {
        linli_gcm_seal(gcm, out, nonce, 12, header, 8, in, length, 16);
    }
}
