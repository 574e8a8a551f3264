/* CRC-16/IBM-SDLC: polynomial 0x1021 reflected, initial value and final XOR 0xFFFF. */
#include "blocks.h"
#include "linli_core.h"

uint16_t linli_portable_crc16(const uint8_t *data, size_t length, uint16_t crc)
{
    uint32_t state = crc ^ 0xFFFFu;
    for (size_t i = 0; i < length; i++) {
        /* Eight steps of the division at once: see protocol/linli_protocol/crc16.py. */
        uint32_t quotient = (state ^ data[i]) & 0xFFu;
        quotient = (quotient ^ (quotient << 4)) & 0xFFu;
        state = (state >> 8) ^ (quotient << 8) ^ (quotient << 3) ^ (quotient >> 4);
    }
    return (uint16_t)(state ^ 0xFFFFu);
}

uint16_t linli_crc16(const linli_engine *engine, const uint8_t *data, size_t length, uint16_t crc)
{
    return blocks_crc16(engine, data, length, crc);
}
