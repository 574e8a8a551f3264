/*
 * ShiftRows undone. AES's instruction for its last round is its S-box and then ShiftRows: in four
 * columns of four bytes each, row r turns by r columns. A shuffle by UNSHIFT[steps] puts the bytes
 * back and replaces each by the one `steps` behind it in its column, around.
 */
#ifndef LINLI_AES_SHIFT_H
#define LINLI_AES_SHIFT_H

#include <stdint.h>

#define SHIFTED_TO(column, row) ((4 * (column) + 16 - 3 * ((row) % 4)) % 16)
#define UNSHIFT_COLUMN(column, steps)                                                              \
    SHIFTED_TO(column, steps), SHIFTED_TO(column, 1 + steps), SHIFTED_TO(column, 2 + steps),       \
        SHIFTED_TO(column, 3 + steps)
#define UNSHIFT_BLOCK(steps)                                                                       \
    {UNSHIFT_COLUMN(0, steps), UNSHIFT_COLUMN(1, steps), UNSHIFT_COLUMN(2, steps),                 \
     UNSHIFT_COLUMN(3, steps)}

static const uint8_t UNSHIFT[4][16] = {UNSHIFT_BLOCK(0), UNSHIFT_BLOCK(1), UNSHIFT_BLOCK(2),
                                       UNSHIFT_BLOCK(3)};

#endif
