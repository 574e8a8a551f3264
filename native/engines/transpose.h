/*
 * Blocks to slices and back, for engines whose slices are vectors of bytes. LANES blocks are 16
 * rows of LANES bytes; in each 128-bit part of the rows lie 16 x 16 bytes, which are transposed. So
 * lane l holds block l / 16 of row l % 16. Included by an engine that has defined
 *
 *   slice_lo8, slice_hi8             interleaving the halves of each part of two vectors
 *   slice_gather, slice_scatter      a row from and to its LANES / 16 blocks, `at`
 *                                    bytes behind the pointers
 */
#ifndef LINLI_TRANSPOSE_H
#define LINLI_TRANSPOSE_H

#define ROW_BLOCKS (LANES / 16)

static inline unsigned lane_block(unsigned lane)
{
    return lane % 16 * ROW_BLOCKS + lane / 16;
}

/* Interleaving rows i and i + 8, four times, ends with the transpose. */
static inline void slices_transpose(slice s[16])
{
    slice t[16];
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < 8; i++) {
            t[2 * i] = slice_lo8(s[i], s[i + 8]);
            t[2 * i + 1] = slice_hi8(s[i], s[i + 8]);
        }
        for (unsigned i = 0; i < 8; i++) {
            s[2 * i] = slice_lo8(t[i], t[i + 8]);
            s[2 * i + 1] = slice_hi8(t[i], t[i + 8]);
        }
    }
}

static inline void slices_load(slice s[16], const uint8_t in[16 * LANES])
{
    for (unsigned i = 0; i < 16; i++) {
        s[i] = slice_load(in + LANES * i);
    }
    slices_transpose(s);
}

static inline void slices_store(uint8_t out[16 * LANES], slice s[16])
{
    slices_transpose(s);
    for (unsigned i = 0; i < 16; i++) {
        slice_store(out + LANES * i, s[i]);
    }
}

static inline void slices_store_xor(uint8_t out[16 * LANES], const uint8_t in[16 * LANES],
                                    slice s[16])
{
    slices_transpose(s);
    for (unsigned i = 0; i < 16; i++) {
        slice_store(out + LANES * i, slice_xor(s[i], slice_load(in + LANES * i)));
    }
}

static inline void slices_gather(slice s[16], const uint8_t *const in[LANES], size_t at)
{
    for (unsigned i = 0; i < 16; i++) {
        s[i] = slice_gather(in + ROW_BLOCKS * i, at);
    }
    slices_transpose(s);
}

static inline void slices_scatter_xor(uint8_t *const out[LANES], const uint8_t *const in[LANES],
                                      size_t at, slice s[16])
{
    slices_transpose(s);
    for (unsigned i = 0; i < 16; i++) {
        slice row = slice_xor(s[i], slice_gather(in + ROW_BLOCKS * i, at));
        slice_scatter(out + ROW_BLOCKS * i, at, row);
    }
}

#endif
