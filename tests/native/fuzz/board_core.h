/* COBS and GCM as boards have them (board_core.c): without the short ways that hosts take. */
#ifndef LINLI_FUZZ_BOARD_CORE_H
#define LINLI_FUZZ_BOARD_CORE_H

#include "linli_core.h"

size_t board_cobs_encode(uint8_t *out, const uint8_t *data, size_t length);
ptrdiff_t board_cobs_decode(uint8_t *out, const uint8_t *data, size_t length);

/* `gcm` has been made for the portable engine. */
int board_gcm_seal(const linli_gcm *gcm, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                   const uint8_t *header, size_t header_length, const uint8_t *body,
                   size_t body_length, size_t tag_length);
int board_gcm_open(const linli_gcm *gcm, uint8_t *out, const uint8_t *nonce, size_t nonce_length,
                   const uint8_t *header, size_t header_length, const uint8_t *sealed,
                   size_t sealed_length, size_t tag_length);

#endif
