/* The CBC-MAC chain inside both CMAC and CCM. */
#ifndef LINLI_CBC_MAC_H
#define LINLI_CBC_MAC_H

#include "linli_core.h"

/* XORs `length` bytes of `data` (1 to 16, zeros behind them) into `state` and encrypts it. */
static inline void cbc_mac_block(const linli_sm4 *sm4, uint8_t state[16], const uint8_t *data,
                                 size_t length)
{
    for (size_t i = 0; i < length; i++) {
        state[i] ^= data[i];
    }
    linli_sm4_encrypt(sm4, state, state);
}

/* All of `data`, its last block padded with zeros. */
static inline void cbc_mac(const linli_sm4 *sm4, uint8_t state[16], const uint8_t *data,
                           size_t length)
{
    for (; length > 16; length -= 16) {
        cbc_mac_block(sm4, state, data, 16);
        data += 16;
    }
    if (length > 0) {
        cbc_mac_block(sm4, state, data, length);
    }
}

#endif
