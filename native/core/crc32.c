/* CRC-32/ISO-HDLC: polynomial 0x04C11DB7 reflected, initial value and final XOR 0xFFFFFFFF. */
#include "blocks.h"
#include "linli_core.h"

/* What four bits of quotient take away. */
static const uint32_t NIBBLES[16] = {
    0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u,
    0x4DB26158u, 0x5005713Cu, 0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu,
    0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu,
};

uint32_t linli_portable_crc32(const uint8_t *data, size_t length, uint32_t crc)
{
    uint32_t state = ~crc;
    for (size_t i = 0; i < length; i++) {
        state ^= data[i];
        state = (state >> 4) ^ NIBBLES[state & 0xFu];
        state = (state >> 4) ^ NIBBLES[state & 0xFu];
    }
    return ~state;
}

uint32_t linli_crc32(const linli_engine *engine, const uint8_t *data, size_t length, uint32_t crc)
{
    return blocks_crc32(engine, data, length, crc);
}
