/* format: the numbers of the file's layout that reader and writer share. docs/image.md draws it. */
#ifndef IRS_IMAGE_FORMAT_H
#define IRS_IMAGE_FORMAT_H

#include "irs/image.h"

#define IMAGE_MAGIC "IRSB\r\n\x1a\n"
enum {
	MAGIC_BYTES = 8,
	OFFSET_VERSION = 8,
	OFFSET_TOTAL = 12,
	OFFSET_DIGEST = 16,
	DIGEST_BYTES = 32,
	OFFSET_SECTIONS = 48, /* what the digest covers begins here */
	OFFSET_TABLE = 52,
	TABLE_ENTRY_BYTES = 12,
	STRING_ENTRY_BYTES = 8,
	ID_STRINGS = 64,
	ID_TYPES = 65,
	ID_CODE = 66
};

/* Sections in the file's order: those of tbl/image.def, then the byte sections. */
enum section_number {
#define SECTION(id, name, fields) SECTION_##name,
#include "irs/tbl/image.def"
#undef SECTION
	SECTION_strings,
	SECTION_types,
	SECTION_code,
	SECTIONS
};

/* Bytes of one record in the file. */
#define F(name, kind) +BYTES_##kind
enum {
	BYTES_U32 = 4, BYTES_I64 = 8, BYTES_STR = 4, BYTES_STR0 = 4, BYTES_CONST0 = 4, BYTES_GLOBAL = 4, BYTES_FN = 4, BYTES_FN0 = 4,
	BYTES_FRAME = 4, BYTES_FNLIST = 4, BYTES_TYPELIST = 4, BYTES_NEEDLIST = 4, BYTES_CODE = 4, BYTES_TYPE = 4, BYTES_LEVEL = 4,
	BYTES_ROLE = 4,
#define SECTION(id, name, fields) RECORD_##name = 0 fields,
#include "irs/tbl/image.def"
#undef SECTION
};
#undef F

extern const uint32_t section_id[SECTIONS];

static inline uint32_t type_number(struct type t) { return t.base | (uint32_t)t.lists << 8; }
/* False where there is no such type in an image: an unknown base, T_ERROR, or too many lists. */
static inline bool type_of_number(uint32_t n, struct type *out)
{
	*out = (struct type){ (uint8_t)(n & 0xff), (uint8_t)(n >> 8 & 0xff) };
	return n >> 16 == 0 && out->base < T_BASES && out->base != T_ERROR && out->lists <= TYPE_MAX_LISTS;
}

#endif
