#include <sodium.h>
#include <string.h>

#include "format.h"

static void write_type(struct buf *b, struct type t) { buf_u32(b, type_number(t)); }
static void write_i64(struct buf *b, int64_t v) { buf_u64(b, (uint64_t)v); }

#define WRITE_I64 write_i64
#define WRITE_TYPE write_type
#define WRITE_U32 buf_u32
#define WRITE_STR buf_u32
#define WRITE_STR0 buf_u32
#define WRITE_CONST0 buf_u32
#define WRITE_GLOBAL buf_u32
#define WRITE_FN buf_u32
#define WRITE_FN0 buf_u32
#define WRITE_FRAME buf_u32
#define WRITE_FNLIST buf_u32
#define WRITE_TYPELIST buf_u32
#define WRITE_NEEDLIST buf_u32
#define WRITE_CODE buf_u32
#define WRITE_LEVEL buf_u32
#define WRITE_ROLE buf_u32
#define F(name, kind) WRITE_##kind(b, from->name);
#define SECTION(id, name, fields) \
	static void write_##name(struct buf *b, const struct image_##name *from) { fields }
#include "irs/tbl/image.def"
#undef SECTION
#undef F

static void write_strings(struct buf *b, const struct image *img)
{
	uint32_t at = 0;
	buf_u32(b, (uint32_t)img->nstring);
	for (size_t i = 0; i < img->nstring; i++) {
		buf_u32(b, at);
		buf_u32(b, (uint32_t)img->string[i].n);
		at += (uint32_t)img->string[i].n;
	}
	for (size_t i = 0; i < img->nstring; i++) buf_str(b, img->string[i]);
}

static void write_types(struct buf *b, const struct image *img)
{
	buf_u32(b, (uint32_t)img->ntype);
	for (size_t i = 0; i < img->ntype; i++) buf_u16(b, (uint16_t)type_number(img->type[i]));
}

/* All sections one after the other; `end` gets where each of them ends. */
static void write_sections(struct buf *b, const struct image *img, size_t *end)
{
#define SECTION(id, name, fields)                                                      \
	buf_u32(b, (uint32_t)img->n##name);                                                \
	for (size_t i = 0; i < img->n##name; i++) write_##name(b, &img->name[i]);          \
	end[SECTION_##name] = b->n;
#include "irs/tbl/image.def"
#undef SECTION
	write_strings(b, img);
	end[SECTION_strings] = b->n;
	write_types(b, img);
	end[SECTION_types] = b->n;
	buf_add(b, img->code, img->ncode);
	end[SECTION_code] = b->n;
}

static void write_table(struct buf *b, const size_t *end)
{
	size_t first = OFFSET_TABLE + SECTIONS * TABLE_ENTRY_BYTES, at = 0;
	buf_u32(b, SECTIONS);
	for (unsigned i = 0; i < SECTIONS; i++) {
		buf_u32(b, section_id[i]);
		buf_u32(b, (uint32_t)(first + at));
		buf_u32(b, (uint32_t)(end[i] - at));
		at = end[i];
	}
}

void image_save(struct buf *out, const struct image *img)
{
	struct buf sections = { 0 }, covered = { 0 };
	size_t end[SECTIONS];
	uint8_t digest[crypto_hash_sha256_BYTES];
	write_sections(&sections, img, end);
	write_table(&covered, end);
	buf_add(&covered, sections.p, sections.n);
	crypto_hash_sha256(digest, (const uint8_t *)covered.p, covered.n);
	buf_add(out, IMAGE_MAGIC, MAGIC_BYTES);
	buf_u32(out, IMAGE_VERSION);
	buf_u32(out, (uint32_t)(OFFSET_SECTIONS + covered.n));
	buf_add(out, digest, DIGEST_BYTES);
	buf_add(out, covered.p, covered.n);
	buf_free(&sections);
	buf_free(&covered);
}
