/*
 * linli_native as a user C module, compiled into the firmware. Round keys are overwritten when
 * their object is collected, in firmware with finalisers (MICROPY_ENABLE_FINALISER).
 */
#include "py/objstr.h"
#include "py/runtime.h"

extern const mp_obj_type_t linli_aead_type, linli_sm4_type, linli_sm3_type;

#define NEW_KEY(type) mp_obj_malloc_with_finaliser(linli_key, type)
#include "../module/calls.h"

static mp_obj_t aead_del(mp_obj_t self_in)
{
    linli_key *self = check_self(self_in, &linli_aead_type);
    linli_sm4_wipe(&self->sm4);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(aead_del_obj, aead_del);

static mp_obj_t sm4_del(mp_obj_t self_in)
{
    linli_key *self = check_self(self_in, &linli_sm4_type);
    linli_sm4_wipe(&self->sm4);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(sm4_del_obj, sm4_del);

static const mp_rom_map_elem_t aead_table[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&aead_del_obj)},
    {MP_ROM_QSTR(MP_QSTR_seal), MP_ROM_PTR(&aead_seal_obj)},
    {MP_ROM_QSTR(MP_QSTR_open), MP_ROM_PTR(&aead_open_obj)},
};
static MP_DEFINE_CONST_DICT(aead_dict, aead_table);
MP_DEFINE_CONST_OBJ_TYPE(linli_aead_type, MP_QSTR_Aead, MP_TYPE_FLAG_NONE, make_new, key_make_new,
                         locals_dict, &aead_dict);

static const mp_rom_map_elem_t sm4_table[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&sm4_del_obj)},
    {MP_ROM_QSTR(MP_QSTR_encrypt_block), MP_ROM_PTR(&sm4_encrypt_block_obj)},
    {MP_ROM_QSTR(MP_QSTR_decrypt_block), MP_ROM_PTR(&sm4_decrypt_block_obj)},
};
static MP_DEFINE_CONST_DICT(sm4_dict, sm4_table);
MP_DEFINE_CONST_OBJ_TYPE(linli_sm4_type, MP_QSTR_Sm4, MP_TYPE_FLAG_NONE, make_new, key_make_new,
                         locals_dict, &sm4_dict);

static const mp_rom_map_elem_t sm3_table[] = {
    {MP_ROM_QSTR(MP_QSTR_update), MP_ROM_PTR(&sm3_update_obj)},
    {MP_ROM_QSTR(MP_QSTR_digest), MP_ROM_PTR(&sm3_digest_obj)},
};
static MP_DEFINE_CONST_DICT(sm3_dict, sm3_table);
MP_DEFINE_CONST_OBJ_TYPE(linli_sm3_type, MP_QSTR_Sm3, MP_TYPE_FLAG_NONE, make_new, sm3_make_new,
                         locals_dict, &sm3_dict);

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_linli_native)},
    {MP_ROM_QSTR(MP_QSTR_Aead), MP_ROM_PTR(&linli_aead_type)},
    {MP_ROM_QSTR(MP_QSTR_Sm4), MP_ROM_PTR(&linli_sm4_type)},
    {MP_ROM_QSTR(MP_QSTR_Sm3), MP_ROM_PTR(&linli_sm3_type)},
    {MP_ROM_QSTR(MP_QSTR_cmac), MP_ROM_PTR(&cmac_obj)},
    {MP_ROM_QSTR(MP_QSTR_sm3), MP_ROM_PTR(&sm3_obj)},
    {MP_ROM_QSTR(MP_QSTR_crc16), MP_ROM_PTR(&crc16_obj)},
    {MP_ROM_QSTR(MP_QSTR_cobs_encode), MP_ROM_PTR(&cobs_encode_obj)},
    {MP_ROM_QSTR(MP_QSTR_cobs_decode), MP_ROM_PTR(&cobs_decode_obj)},
};
static MP_DEFINE_CONST_DICT(module_dict, module_table);

const mp_obj_module_t linli_native_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_dict,
};
MP_REGISTER_MODULE(MP_QSTR_linli_native, linli_native_module);
