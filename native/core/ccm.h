/* CCM without its checks, for whoever has made them. */
#ifndef LINLI_CCM_H
#define LINLI_CCM_H

#include "linli_core.h"
#include "portable.h"

/*
 * Encrypts the body to `out`, or decrypts it where pass->opening says so, and leaves all 16 bytes
 * of the tag in pass->mac. The lengths must be lawful; tag_length takes part in the tag.
 */
void linli_ccm_run(const linli_sm4 *sm4, linli_ccm_pass *pass, uint8_t *out, const uint8_t *nonce,
                   size_t nonce_length, const uint8_t *header, size_t header_length,
                   const uint8_t *body, size_t body_length, size_t tag_length);

#endif
