/* The core's COBS and GCM compiled as for boards, under other names beside the hosts' own. */
#define LINLI_BOARD
#define linli_cobs_encode board_cobs_encode
#define linli_cobs_decode board_cobs_decode
#define linli_gcm_init board_gcm_init
#define linli_gcm_wipe board_gcm_wipe
#define linli_gcm_seal board_gcm_seal
#define linli_gcm_open board_gcm_open

#include "cobs.c"
#include "gcm.c"
