/*
 * linli_native as a dynamic native module: an .mpy that the interpreter loads like any other.
 *
 * What is special to that:
 *  - A module may have no initialised writable data, and the linker takes variables that are
 *    `static` for something else on some processors: the types are global and filled at import.
 *  - The table of the interpreter's functions has no memcpy, and none that allocates with a
 *    finaliser: round keys are not overwritten when their object is collected, as the user C module
 *    does, but when the memory is used again.
 */
#include "py/dynruntime.h"

mp_obj_full_type_t linli_aead_type, linli_sm4_type, linli_sm3_type;

#define NEW_KEY(type) mp_obj_malloc(linli_key, type)
#include "../module/calls.h"

mp_map_elem_t linli_aead_table[2], linli_sm4_table[2], linli_sm3_table[2];
static MP_DEFINE_CONST_DICT(aead_dict, linli_aead_table);
static MP_DEFINE_CONST_DICT(sm4_dict, linli_sm4_table);
static MP_DEFINE_CONST_DICT(sm3_dict, linli_sm3_table);

/* The core and the compiler call these. */
void *memcpy(void *out, const void *in, size_t length)
{
    return mp_fun_table.memmove_(out, in, length);
}

void *memmove(void *out, const void *in, size_t length)
{
    return mp_fun_table.memmove_(out, in, length);
}

void *memset(void *out, int byte, size_t length)
{
    return mp_fun_table.memset_(out, byte, length);
}

static void fill(mp_obj_full_type_t *type, qstr name, mp_make_new_fun_t make_new,
                 const mp_obj_dict_t *methods)
{
    type->base.type = (void *)&mp_type_type;
    type->name = name;
    MP_OBJ_TYPE_SET_SLOT(type, make_new, make_new, 0);
    MP_OBJ_TYPE_SET_SLOT(type, locals_dict, (void *)methods, 1);
    mp_store_global(name, MP_OBJ_FROM_PTR(type));
}

#define METHOD(name, function) \
    ((mp_map_elem_t){MP_OBJ_NEW_QSTR(name), MP_OBJ_FROM_PTR(&function)})

/* The interpreter calls this at import. */
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args)
{
    MP_DYNRUNTIME_INIT_ENTRY
    linli_aead_table[0] = METHOD(MP_QSTR_seal, aead_seal_obj);
    linli_aead_table[1] = METHOD(MP_QSTR_open, aead_open_obj);
    fill(&linli_aead_type, MP_QSTR_Aead, key_make_new, &aead_dict);
    linli_sm4_table[0] = METHOD(MP_QSTR_encrypt_block, sm4_encrypt_block_obj);
    linli_sm4_table[1] = METHOD(MP_QSTR_decrypt_block, sm4_decrypt_block_obj);
    fill(&linli_sm4_type, MP_QSTR_Sm4, key_make_new, &sm4_dict);
    linli_sm3_table[0] = METHOD(MP_QSTR_update, sm3_update_obj);
    linli_sm3_table[1] = METHOD(MP_QSTR_digest, sm3_digest_obj);
    fill(&linli_sm3_type, MP_QSTR_Sm3, sm3_make_new, &sm3_dict);
    mp_store_global(MP_QSTR_cmac, MP_OBJ_FROM_PTR(&cmac_obj));
    mp_store_global(MP_QSTR_sm3, MP_OBJ_FROM_PTR(&sm3_obj));
    mp_store_global(MP_QSTR_crc16, MP_OBJ_FROM_PTR(&crc16_obj));
    mp_store_global(MP_QSTR_cobs_encode, MP_OBJ_FROM_PTR(&cobs_encode_obj));
    mp_store_global(MP_QSTR_cobs_decode, MP_OBJ_FROM_PTR(&cobs_decode_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
