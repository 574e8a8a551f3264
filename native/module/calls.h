/*
 * The calls of linli_native for MicroPython: names, arguments and exceptions of the module for
 * hosts (linli_native/__init__.py), arguments by position only.
 *
 * natmod/linli_native.c includes this behind py/dynruntime.h, where the interpreter's names are
 * calls through a table, usermod/linli_native.c behind py/runtime.h. Both define before:
 *  - the types linli_aead_type, linli_sm4_type and linli_sm3_type
 *  - NEW_KEY(type), which allocates a linli_key
 *
 * Bytes may come from any buffer but a str. What is returned is new, never a view of an argument.
 */
#ifndef LINLI_CALLS_H
#define LINLI_CALLS_H

#include "linli_core.h"

/* Aead and Sm4. */
typedef struct {
    mp_obj_base_t base;
    linli_sm4 sm4;
} linli_key;

typedef struct {
    mp_obj_base_t base;
    linli_sm3 sm3;
} linli_hash;

/* Anything can be given for self: Aead.seal(1, ...) must not read a key from there. */
static void *check_self(mp_obj_t self, const void *type)
{
    if (!mp_obj_is_obj(self) || mp_obj_get_type(self) != type) {
        mp_raise_TypeError(MP_ERROR_TEXT("self has another type"));
    }
    return MP_OBJ_TO_PTR(self);
}

/* `error` names the argument. */
static mp_buffer_info_t bytes_of(mp_obj_t argument, mp_rom_error_text_t error)
{
    mp_buffer_info_t bytes;
    if (mp_obj_is_str(argument) || !mp_get_buffer(argument, &bytes, MP_BUFFER_READ)) {
        mp_raise_TypeError(error);
    }
    return bytes;
}

/*
 * Memory for bytes of up to `length`, to be written and then given to bytes_in. It is never freed
 * by hand, not even where nothing comes of it: that would send the next search for memory back to
 * the beginning, through all that is waiting to be collected, and cost more than sealing a packet.
 */
static uint8_t *memory_for(size_t length)
{
    return m_new(uint8_t, length + 1);
}

/* Returns bytes that take over what memory_for gave, its first `length` bytes written. */
static mp_obj_t bytes_in(uint8_t *memory, size_t length)
{
    mp_obj_str_t *bytes = MP_OBJ_TO_PTR(mp_obj_new_bytes(NULL, length));
    memory[length] = 0; /* as behind all bytes, for C's sake */
    bytes->data = memory;
    bytes->hash = 0; /* to be computed when wanted */
    return MP_OBJ_FROM_PTR(bytes);
}

/* Keys: Aead, Sm4 and cmac -------------------------------------------------------------------- */

static void expand(linli_sm4 *sm4, mp_obj_t argument)
{
    mp_buffer_info_t key = bytes_of(argument, MP_ERROR_TEXT("key must be bytes"));
    if (key.len != 16) {
        mp_raise_ValueError(MP_ERROR_TEXT("key must be 16 bytes"));
    }
    linli_sm4_init(sm4, NULL, key.buf);
}

static mp_obj_t key_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                             const mp_obj_t *args)
{
    mp_arg_check_num(n_args, n_kw, 1, 1, false);
    linli_key *self = NEW_KEY(type);
    expand(&self->sm4, args[0]);
    return MP_OBJ_FROM_PTR(self);
}

static const uint8_t *block_of(mp_obj_t argument)
{
    mp_buffer_info_t block = bytes_of(argument, MP_ERROR_TEXT("block must be bytes"));
    if (block.len != 16) {
        mp_raise_ValueError(MP_ERROR_TEXT("block must be 16 bytes"));
    }
    return block.buf;
}

static mp_obj_t sm4_encrypt_block(mp_obj_t self_in, mp_obj_t block)
{
    linli_key *self = check_self(self_in, &linli_sm4_type);
    uint8_t out[16];
    linli_sm4_encrypt(&self->sm4, out, block_of(block));
    return mp_obj_new_bytes(out, 16);
}
static MP_DEFINE_CONST_FUN_OBJ_2(sm4_encrypt_block_obj, sm4_encrypt_block);

static mp_obj_t sm4_decrypt_block(mp_obj_t self_in, mp_obj_t block)
{
    linli_key *self = check_self(self_in, &linli_sm4_type);
    uint8_t out[16];
    linli_sm4_decrypt(&self->sm4, out, block_of(block));
    return mp_obj_new_bytes(out, 16);
}
static MP_DEFINE_CONST_FUN_OBJ_2(sm4_decrypt_block_obj, sm4_decrypt_block);

static const uint8_t *nonce_of(mp_obj_t argument)
{
    mp_buffer_info_t nonce = bytes_of(argument, MP_ERROR_TEXT("nonce must be bytes"));
    if (nonce.len != 12) {
        mp_raise_ValueError(MP_ERROR_TEXT("nonce must be 12 bytes"));
    }
    return nonce.buf;
}

static size_t tag_length_of(mp_obj_t argument)
{
    mp_int_t length = mp_obj_is_small_int(argument) ? MP_OBJ_SMALL_INT_VALUE(argument) : 0;
    if (length < 4 || length > 16 || length % 2 != 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("tag_length must be 4, 6, ... or 16"));
    }
    return (size_t)length;
}

/* seal(self, nonce, header, body, tag_length) */
static mp_obj_t aead_seal(size_t n_args, const mp_obj_t *args)
{
    (void)n_args;
    linli_key *self = check_self(args[0], &linli_aead_type);
    const uint8_t *nonce = nonce_of(args[1]);
    mp_buffer_info_t header = bytes_of(args[2], MP_ERROR_TEXT("header must be bytes"));
    mp_buffer_info_t body = bytes_of(args[3], MP_ERROR_TEXT("body must be bytes"));
    size_t tag_length = tag_length_of(args[4]);
    size_t length = header.len + body.len + tag_length;
    uint8_t *packet = memory_for(length);
    if (linli_packet_seal(&self->sm4, packet, nonce, header.buf, header.len, body.buf, body.len,
                          tag_length) != 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("body is too long for a nonce of 12 bytes"));
    }
    return bytes_in(packet, length);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(aead_seal_obj, 5, 5, aead_seal);

/* open(self, nonce, packet, header_length, tag_length) */
static mp_obj_t aead_open(size_t n_args, const mp_obj_t *args)
{
    (void)n_args;
    linli_key *self = check_self(args[0], &linli_aead_type);
    const uint8_t *nonce = nonce_of(args[1]);
    mp_buffer_info_t packet = bytes_of(args[2], MP_ERROR_TEXT("packet must be bytes"));
    if (!mp_obj_is_small_int(args[3])) {
        mp_raise_TypeError(MP_ERROR_TEXT("header_length must be a small int"));
    }
    if (MP_OBJ_SMALL_INT_VALUE(args[3]) < 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("header_length must not be negative"));
    }
    size_t header_length = (size_t)MP_OBJ_SMALL_INT_VALUE(args[3]);
    size_t tag_length = tag_length_of(args[4]);
    if (packet.len < tag_length || packet.len - tag_length < header_length) {
        return mp_const_none;
    }
    size_t length = packet.len - header_length - tag_length;
    uint8_t *body = memory_for(length);
    if (linli_packet_open(&self->sm4, body, nonce, packet.buf, packet.len, header_length,
                          tag_length) != 0) {
        return mp_const_none;
    }
    return bytes_in(body, length);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(aead_open_obj, 5, 5, aead_open);

static mp_obj_t call_cmac(mp_obj_t key, mp_obj_t message_in)
{
    linli_sm4 sm4;
    uint8_t out[16];
    mp_buffer_info_t message = bytes_of(message_in, MP_ERROR_TEXT("message must be bytes"));
    expand(&sm4, key);
    linli_cmac(&sm4, out, message.buf, message.len);
    linli_sm4_wipe(&sm4);
    return mp_obj_new_bytes(out, 16);
}
static MP_DEFINE_CONST_FUN_OBJ_2(cmac_obj, call_cmac);

/* Hashes: Sm3 and sm3 ------------------------------------------------------------------------- */

static mp_buffer_info_t data_of(mp_obj_t argument)
{
    return bytes_of(argument, MP_ERROR_TEXT("data must be bytes"));
}

static mp_obj_t digest_of(const linli_sm3 *sm3)
{
    uint8_t out[32];
    linli_sm3_digest(sm3, out);
    return mp_obj_new_bytes(out, 32);
}

static void append(linli_sm3 *sm3, mp_obj_t argument)
{
    mp_buffer_info_t data = data_of(argument);
    linli_sm3_update(sm3, data.buf, data.len);
}

static mp_obj_t sm3_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                             const mp_obj_t *args)
{
    mp_arg_check_num(n_args, n_kw, 0, 1, false);
    linli_hash *self = mp_obj_malloc(linli_hash, type);
    linli_sm3_init(&self->sm3, NULL);
    if (n_args > 0) {
        append(&self->sm3, args[0]);
    }
    return MP_OBJ_FROM_PTR(self);
}

static mp_obj_t sm3_update(mp_obj_t self_in, mp_obj_t data)
{
    linli_hash *self = check_self(self_in, &linli_sm3_type);
    append(&self->sm3, data);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(sm3_update_obj, sm3_update);

static mp_obj_t sm3_digest(mp_obj_t self_in)
{
    linli_hash *self = check_self(self_in, &linli_sm3_type);
    return digest_of(&self->sm3);
}
static MP_DEFINE_CONST_FUN_OBJ_1(sm3_digest_obj, sm3_digest);

static mp_obj_t call_sm3(mp_obj_t data)
{
    linli_sm3 sm3;
    linli_sm3_init(&sm3, NULL);
    append(&sm3, data);
    return digest_of(&sm3);
}
static MP_DEFINE_CONST_FUN_OBJ_1(sm3_obj, call_sm3);

/* Framing: crc16, cobs_encode and cobs_decode ------------------------------------------------- */

/* crc16(data, crc=0) */
static mp_obj_t call_crc16(size_t n_args, const mp_obj_t *args)
{
    mp_buffer_info_t data = data_of(args[0]);
    mp_int_t crc = 0;
    if (n_args > 1) {
        crc = mp_obj_is_small_int(args[1]) ? MP_OBJ_SMALL_INT_VALUE(args[1]) : -1;
        if (crc < 0 || crc > 0xFFFF) {
            mp_raise_ValueError(MP_ERROR_TEXT("crc must be 0 to 65535"));
        }
    }
    return MP_OBJ_NEW_SMALL_INT(linli_crc16(NULL, data.buf, data.len, (uint16_t)crc));
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(crc16_obj, 1, 2, call_crc16);

static mp_obj_t call_cobs_encode(mp_obj_t argument)
{
    mp_buffer_info_t data = data_of(argument);
    /* One byte in 254 would do; small processors have division in a library only. */
    uint8_t *out = memory_for(data.len + 1 + data.len / 128);
    return bytes_in(out, linli_cobs_encode(out, data.buf, data.len));
}
static MP_DEFINE_CONST_FUN_OBJ_1(cobs_encode_obj, call_cobs_encode);

static mp_obj_t call_cobs_decode(mp_obj_t argument)
{
    mp_buffer_info_t data = data_of(argument);
    uint8_t *out = memory_for(data.len);
    ptrdiff_t length = linli_cobs_decode(out, data.buf, data.len);
    return length < 0 ? mp_const_none : bytes_in(out, (size_t)length);
}
static MP_DEFINE_CONST_FUN_OBJ_1(cobs_decode_obj, call_cobs_decode);

#endif
