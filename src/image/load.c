#include <sodium.h>
#include <string.h>

#include "bytes.h"
#include "format.h"
#include "verify.h"

const uint32_t section_id[SECTIONS] = {
#define SECTION(id, name, fields) [SECTION_##name] = id,
#include "irs/tbl/image.def"
#undef SECTION
	[SECTION_strings] = ID_STRINGS, [SECTION_types] = ID_TYPES, [SECTION_code] = ID_CODE,
};

struct section {
	const uint8_t *p;
	uint32_t n;
};

struct reader { /* of records; the section's length was compared with its count before */
	const uint8_t *p;
	bool bad_type;
};

static uint32_t read_u32(struct reader *r)
{
	uint32_t v = get_u32(r->p);
	r->p += 4;
	return v;
}

static int64_t read_i64(struct reader *r)
{
	int64_t v = (int64_t)get_u64(r->p);
	r->p += 8;
	return v;
}

static struct type read_type(struct reader *r)
{
	struct type t;
	if (!type_of_number(read_u32(r), &t)) r->bad_type = true;
	return t;
}

#define READ_I64 read_i64
#define READ_TYPE read_type
#define READ_U32 read_u32
#define READ_STR read_u32
#define READ_STR0 read_u32
#define READ_CONST0 read_u32
#define READ_GLOBAL read_u32
#define READ_FN read_u32
#define READ_FN0 read_u32
#define READ_FRAME read_u32
#define READ_FNLIST read_u32
#define READ_TYPELIST read_u32
#define READ_NEEDLIST read_u32
#define READ_CODE read_u32
#define READ_LEVEL read_u32
#define READ_ROLE read_u32
#define F(name, kind) to->name = READ_##kind(r);
#define SECTION(id, name, fields) \
	static void read_##name(struct reader *r, struct image_##name *to) { fields }
#include "irs/tbl/image.def"
#undef SECTION
#undef F

static bool check_header(const uint8_t *p, size_t n, struct err *e)
{
	if (n < MAGIC_BYTES || memcmp(p, IMAGE_MAGIC, MAGIC_BYTES) != 0) {
		rule_broken(e, RULE_magic, "%s", "");
		return err_remedy(e, "make one with: irsc build FILE.irs");
	}
	if (n < OFFSET_TABLE) return rule_broken(e, RULE_truncated, "%s", "");
	if (get_u32(p + OFFSET_VERSION) != IMAGE_VERSION) {
		rule_broken(e, RULE_version, "version %u; this program reads %u", (unsigned)get_u32(p + OFFSET_VERSION), IMAGE_VERSION);
		return err_remedy(e, "build it again from its source with the irsc beside this program");
	}
	if (n > IMAGE_MAX_BYTES) return rule_broken(e, RULE_too_large, "%s", "");
	uint32_t total = get_u32(p + OFFSET_TOTAL);
	if (n != total) return rule_broken(e, n < total ? RULE_truncated : RULE_trailing, "%zu bytes instead of %u", n, (unsigned)total);
	uint8_t digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(digest, p + OFFSET_SECTIONS, n - OFFSET_SECTIONS);
	if (memcmp(digest, p + OFFSET_DIGEST, DIGEST_BYTES) != 0) return rule_broken(e, RULE_checksum, "%s", "");
	return true;
}

static bool read_table(const uint8_t *p, size_t n, struct section *section, struct err *e)
{
	if (get_u32(p + OFFSET_SECTIONS) != SECTIONS || n < OFFSET_TABLE + SECTIONS * TABLE_ENTRY_BYTES)
		return rule_broken(e, RULE_sections, "%s", "");
	size_t at = OFFSET_TABLE + SECTIONS * TABLE_ENTRY_BYTES;
	for (unsigned i = 0; i < SECTIONS; i++) {
		const uint8_t *entry = p + OFFSET_TABLE + i * TABLE_ENTRY_BYTES;
		uint32_t offset = get_u32(entry + 4), length = get_u32(entry + 8);
		if (get_u32(entry) != section_id[i]) return rule_broken(e, RULE_sections, "entry %u", i);
		if (offset != at || length > n - at) return rule_broken(e, RULE_section_place, "section %u", (unsigned)section_id[i]);
		section[i] = (struct section){ p + offset, length };
		at += length;
	}
	return at == n || rule_broken(e, RULE_section_place, "the end");
}

/* A section's count of elements of `size` bytes; `exact`: nothing but them follows. */
static bool read_count(struct section s, size_t size, bool exact, size_t *count)
{
	if (s.n < 4) return false;
	*count = get_u32(s.p);
	return exact ? *count == (s.n - 4) / size && (s.n - 4) % size == 0 : *count <= (s.n - 4) / size;
}

static bool read_records(struct arena *a, const struct section *section, struct image *img, struct err *e)
{
#define SECTION(id, name, fields)                                                                                           \
	{                                                                                                                       \
		if (!read_count(section[SECTION_##name], RECORD_##name, true, &img->n##name))                                       \
			return rule_broken(e, RULE_section_length, #name);                                                              \
		struct reader r = { section[SECTION_##name].p + 4, false };                                                         \
		img->name = arena_array_of(a, struct image_##name, img->n##name);                                                   \
		for (size_t i = 0; i < img->n##name; i++) read_##name(&r, &img->name[i]);                                           \
		if (r.bad_type) return rule_broken(e, RULE_type, #name);                                                            \
	}
#include "irs/tbl/image.def"
#undef SECTION
	return true;
}

static bool read_strings(struct arena *a, struct section s, struct image *img, struct err *e)
{
	if (!read_count(s, STRING_ENTRY_BYTES, false, &img->nstring)) return rule_broken(e, RULE_section_length, "strings");
	const uint8_t *entry = s.p + 4, *text = entry + img->nstring * STRING_ENTRY_BYTES;
	size_t room = s.n - 4 - img->nstring * STRING_ENTRY_BYTES, at = 0;
	img->string = arena_array_of(a, struct str, img->nstring);
	for (size_t i = 0; i < img->nstring; i++, entry += STRING_ENTRY_BYTES) {
		uint32_t offset = get_u32(entry), length = get_u32(entry + 4);
		if (offset != at || length > room - at) return rule_broken(e, RULE_string_place, "string %zu", i);
		img->string[i] = (struct str){ (const char *)text + at, length };
		if (utf8_valid(img->string[i].p, length) != length) return rule_broken(e, RULE_utf8, "string %zu", i);
		at += length;
	}
	return at == room || rule_broken(e, RULE_string_place, "the end");
}

static bool read_types(struct arena *a, struct section s, struct image *img, struct err *e)
{
	if (!read_count(s, 2, true, &img->ntype)) return rule_broken(e, RULE_section_length, "types");
	img->type = arena_array_of(a, struct type, img->ntype);
	for (size_t i = 0; i < img->ntype; i++)
		if (!type_of_number(get_u16(s.p + 4 + 2 * i), &img->type[i])) return rule_broken(e, RULE_type, "type %zu", i);
	return true;
}

struct image *image_load(struct arena *a, const void *bytes, size_t n, struct err *e)
{
	struct section section[SECTIONS];
	if (!check_header(bytes, n, e)) return NULL;
	const uint8_t *p = arena_memdup(a, bytes, n);
	struct image *img = arena_new_of(a, struct image);
	memcpy(img->digest, p + OFFSET_DIGEST, DIGEST_BYTES);
	if (!read_table(p, n, section, e) || !read_records(a, section, img, e) || !read_strings(a, section[SECTION_strings], img, e) ||
	    !read_types(a, section[SECTION_types], img, e))
		return NULL;
	img->code = section[SECTION_code].p;
	img->ncode = section[SECTION_code].n;
	return image_verify(img, e) ? img : NULL;
}
