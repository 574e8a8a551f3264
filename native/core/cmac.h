/* CMAC's end, for messages that do not lie in one piece. */
#ifndef LINLI_CMAC_H
#define LINLI_CMAC_H

#include "linli_core.h"

/*
 * Turns the chain over a message's whole blocks but the last into its CMAC. `last` is what follows
 * them: 1 to 16 bytes, or none of an empty message.
 */
void linli_cmac_finish(const linli_sm4 *sm4, uint8_t state[16], const uint8_t *last,
                       size_t length);

#endif
