# linli_native for ports built by cmake, such as the ESP32: USER_C_MODULES=<path of this file>
set(LINLI_CORE ${CMAKE_CURRENT_LIST_DIR}/../core)

add_library(usermod_linli_native INTERFACE)
target_sources(usermod_linli_native INTERFACE
    ${CMAKE_CURRENT_LIST_DIR}/linli_native.c
    ${LINLI_CORE}/ccm.c
    ${LINLI_CORE}/cmac.c
    ${LINLI_CORE}/cobs.c
    ${LINLI_CORE}/crc16.c
    ${LINLI_CORE}/portable.c
    ${LINLI_CORE}/sm3.c
    ${LINLI_CORE}/sm4.c
)
target_include_directories(usermod_linli_native INTERFACE ${LINLI_CORE})
target_compile_definitions(usermod_linli_native INTERFACE LINLI_BOARD)
target_link_libraries(usermod INTERFACE usermod_linli_native)
