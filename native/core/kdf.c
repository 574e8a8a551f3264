/* Key derivation in counter mode (NIST SP 800-108r1, clause 4.1) with SM4-CMAC. */
#include "blocks.h"
#include "bytes.h"
#include "cmac.h"
#include "linli_core.h"

#include <string.h>

/* A CMAC's message, which comes in pieces. */
typedef struct {
    uint8_t state[16];
    uint8_t pending[16];
    size_t filled;
} pieces;

static void take(const linli_sm4 *sm4, pieces *message, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (message->filled == 16) { /* not the last block after all */
            blocks_chain(sm4, message->state, NULL, message->pending, 1);
            message->filled = 0;
        }
        message->pending[message->filled++] = data[i];
    }
}

int linli_kdf(const linli_sm4 *sm4, uint8_t *out, size_t length, const uint8_t *label,
              size_t label_length, const uint8_t *context, size_t context_length)
{
    const uint8_t zero = 0;
    const uint8_t bits[2] = {(uint8_t)(length >> 5), (uint8_t)(length << 3)};
    pieces message;
    if (label_length == 0 || length == 0 || length > 4080) {
        return -1;
    }
    for (size_t i = 0; i < label_length; i++) {
        if (label[i] == 0) {
            return -1;
        }
    }
    for (uint8_t number = 1; length > 0; number++) {
        size_t taken = length < 16 ? length : 16;
        memset(&message, 0, sizeof message);
        take(sm4, &message, &number, 1);
        take(sm4, &message, label, label_length);
        take(sm4, &message, &zero, 1);
        take(sm4, &message, context, context_length);
        take(sm4, &message, bits, 2);
        linli_cmac_finish(sm4, message.state, message.pending, message.filled);
        memcpy(out, message.state, taken);
        out += taken;
        length -= taken;
    }
    wipe(&message, sizeof message);
    return 0;
}
