/*
 * SM4's S-box through the field of AES, whose inversion processors have as an instruction.
 *
 * SM4 and AES invert in two forms of the same field. With an isomorphism between them, SM4's S-box
 * is an affine map, AES's inversion, and another affine map. States are kept as the first map
 * leaves them ("in AES's basis"), so that it is computed once a message instead of once a round;
 * the second is joined with the linear layer. tests/native/test_affine.py computes all anew.
 *
 * A matrix is written as GF2P8AFFINEQB takes it: 8 rows of 8 bits, the row of bit 0 uppermost.
 */
#ifndef LINLI_AFFINE_H
#define LINLI_AFFINE_H

/* A byte of SM4 into AES's basis; the constant belongs to what the S-box takes. */
#define TO_AES 0x4C287DB91A22505DULL
#define TO_AES_CONSTANT 0x3E

/* Back. */
#define FROM_AES 0xB3A4F5863284728BULL

/* From the inverse on: the S-box's second map. */
#define TO_SM4 0xF3AB34A974A6B589ULL
#define TO_SM4_CONSTANT 0xD3

/*
 * From the inverse on: the S-box's second map, a part of the linear layer, into AES's basis again.
 * W(b) = b ^ b>>6, U(b) = b ^ b<<2, V(b) = b>>6 ^ b<<2 (which is b<<<2).
 */
#define TO_W 0x280FBCB4FF84C11AULL
#define TO_W_CONSTANT 0x11
#define TO_U 0x040DB891E9A481B7ULL
#define TO_U_CONSTANT 0x72
#define TO_V 0x2C020425162040ADULL
#define TO_V_CONSTANT 0x63

#endif
