/* bytes: little-endian numbers out of bytes that somebody else has bounded. */
#ifndef IRS_IMAGE_BYTES_H
#define IRS_IMAGE_BYTES_H

#include <stdint.h>

static inline uint32_t get_u16(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8; }
static inline uint32_t get_u32(const uint8_t *p) { return get_u16(p) | get_u16(p + 2) << 16; }
static inline uint64_t get_u64(const uint8_t *p) { return get_u32(p) | (uint64_t)get_u32(p + 4) << 32; }

#endif
