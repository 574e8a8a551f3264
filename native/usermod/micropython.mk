# linli_native for ports built by make: USER_C_MODULES=<path of native/, the folder above this one>
LINLI_CORE := $(USERMOD_DIR)/../core

SRC_USERMOD_C += $(USERMOD_DIR)/linli_native.c
SRC_USERMOD_LIB_C += $(addprefix $(LINLI_CORE)/,ccm.c cmac.c cobs.c crc16.c portable.c sm3.c sm4.c)
CFLAGS_USERMOD += -DLINLI_BOARD -I$(LINLI_CORE)
