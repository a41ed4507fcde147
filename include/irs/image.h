/*
 * image: a compiled scenario.  The two towers meet here: irsc writes images,
 * irs reads and runs them.  An image is untrusted bytes until `image_load`
 * has accepted it: that is the verifier, and nothing runs without it.
 *
 * File: 8 bytes magic "IRSB\r\n\x1a\n", u32 version, u32 total length, 32 bytes
 * SHA-256 of all that follows, u32 number of sections, then for each in rising
 * order of id { u32 id, u32 offset, u32 length }, then the sections without
 * gaps. Record sections are those of tbl/image.def; byte sections:
 *   64 strings: u32 count, then count × { u32 offset, u32 length }, then UTF-8 bytes
 *   65 types:   u32 count, then u16 each
 *   66 code:    bytes
 */
#ifndef IRS_IMAGE_H
#define IRS_IMAGE_H

#include "irs/arena.h"
#include "irs/buf.h"
#include "irs/err.h"
#include "irs/str.h"
#include "irs/type.h"

#define IMAGE_VERSION 1
#define IMAGE_NONE UINT32_MAX
enum {
	IMAGE_MAX_BYTES = 64 << 20,
	IMAGE_MAX_STACK = 1024, /* of one function, in values */
	IMAGE_MAX_LOCALS = 4096,
	IMAGE_MAX_CALLS = 64, /* functions within each other */
	IMAGE_MAX_TARGETS = 62
};

enum opcode {
#define OP(name, shape, effect, signature, doc) OP_##name,
#include "irs/tbl/opcode.def"
#undef OP
	OPCODES
};

/* What a function may do, itself or through what it calls. */
enum may {
	MAY_ASK_HERE = 1, /* it asks where it runs */
	MAY_RUN_HERE = 512,
	MAY_HERE = MAY_ASK_HERE | MAY_RUN_HERE,
	MAY_RUN_ON = 2,   /* it runs commands on a host that it says */
	MAY_SPAWN = 4,
	MAY_HTTP = 8,
	MAY_TCP = 16,
	MAY_ASK = MAY_HTTP | MAY_TCP,
	MAY_WAIT = 32,    /* sleep, poll, retry */
	MAY_LOG = 64,
	MAY_DRAW = 128,   /* pick, mark */
	MAY_PROBE = 256,
	MAY_ALL = 1023
};

enum fn_role {
#define ROLE(name, params, result, effects, doc) ROLE_##name,
#include "irs/tbl/role.def"
#undef ROLE
	ROLES
};

enum global_kind { GLOBAL_TARGET, GLOBAL_PARAM, GLOBAL_LET };
enum fact_kind { FACT_COMPONENT, FACT_REQUIREMENT, FACT_MAN, FACT_URL, FACT_FILE, FACT_SOURCE, FACT_ASK, FACTS }; /* hints: FACT_MAN and after */
enum need_of_host { IMAGE_NEED_ROOT, IMAGE_NEED_TOOL, IMAGE_NEED_KERNEL_MODULE, IMAGE_NEEDS };
enum alarm_severity { ALARM_CRITICAL, ALARM_ERROR, ALARM_WARNING, ALARM_INFO, ALARM_SEVERITIES };
enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_METHODS };
enum step_when { STEP_AT_START, STEP_AFTER, STEP_MITIGATED };
enum image_fanout { IMAGE_ALL_AT_ONCE, IMAGE_AT_MOST, IMAGE_AT_MOST_SHARE }; /* limit: hosts, or millionths of a percent */
enum failsafe_kind { FAILSAFE_NONE, FAILSAFE_DEFAULT, FAILSAFE_SAID };
enum capability_kind { CAPABILITY_SHELL, CAPABILITY_HTTP, CAPABILITY_TCP };
enum catch_kind { CATCH_UNKNOWN, CATCH_ANY };
enum run_flags {
	RUN_ARGV = 1,    /* the command is a list of strings, no shell template */
	RUN_ON = 2,      /* a host is on the stack */
	RUN_INPUT = 4,   /* standard input is on the stack */
	RUN_OBSERVE = 8, /* exit 1 is false, other exits above 0 unknown; without it any exit above 0 fails */
	RUN_TRY = 16     /* exits 0 to 125 are values; with RUN_OBSERVE or not */
};

/* The records of tbl/image.def, decoded. */
#define F(name, kind) IMAGE_FIELD_##kind(name)
#define IMAGE_FIELD_I64(n) int64_t n;
#define IMAGE_FIELD_U32(n) uint32_t n;
#define IMAGE_FIELD_STR(n) uint32_t n;
#define IMAGE_FIELD_STR0(n) uint32_t n;
#define IMAGE_FIELD_CONST0(n) uint32_t n;
#define IMAGE_FIELD_GLOBAL(n) uint32_t n;
#define IMAGE_FIELD_FN(n) uint32_t n;
#define IMAGE_FIELD_FN0(n) uint32_t n;
#define IMAGE_FIELD_FRAME(n) uint32_t n;
#define IMAGE_FIELD_FNLIST(n) uint32_t n;
#define IMAGE_FIELD_TYPELIST(n) uint32_t n;
#define IMAGE_FIELD_NEEDLIST(n) uint32_t n;
#define IMAGE_FIELD_CODE(n) uint32_t n;
#define IMAGE_FIELD_TYPE(n) struct type n;
#define IMAGE_FIELD_LEVEL(n) uint32_t n;
#define IMAGE_FIELD_ROLE(n) uint32_t n;
#define SECTION(id, name, fields) struct image_##name { fields };
#include "irs/tbl/image.def"
#undef SECTION
#undef F

struct image {
#define SECTION(id, name, fields) struct image_##name *name; size_t n##name;
#include "irs/tbl/image.def"
#undef SECTION
	struct str *string;
	size_t nstring;
	struct type *type;
	size_t ntype;
	const uint8_t *code;
	size_t ncode;
	uint8_t digest[32]; /* SHA-256 as in the header */
};

/* Decodes and verifies. The image lives in `a` and refers to a copy of the bytes there. NULL with `e` (IRS_USAGE): "not an image", "another
 * version", "truncated", "damaged", or the verifier's rule with function and offset. Untrusted input; linear time; no recursion. */
struct image *image_load(struct arena *a, const void *bytes, size_t n, struct err *e);
/* Writes; `img` need not have been verified (tests make wrong ones). */
void image_save(struct buf *out, const struct image *img);

/* The verifier alone (image_load calls it): each rule of tbl/verify.def. Declared stack depths must suffice, declared capabilities must cover
 * what the functions do. */
bool image_verify(const struct image *img, struct err *e);

/* Readable text: sections, then each function with source lines (from `source_line`, which may be NULL). */
typedef struct str image_source_line(void *ctx, struct str file, uint32_t line);
void image_disassemble(struct buf *out, const struct image *img, image_source_line *source, void *ctx);

/* The record with that name, IMAGE_NONE if there is none. */
uint32_t image_find_function(const struct image *img, struct str name);
/* Source place of an instruction: the last line record at or before pc; false where there is none. */
bool image_place(const struct image *img, uint32_t function, uint32_t pc, uint32_t *line, uint32_t *column);
static inline struct str image_str(const struct image *img, uint32_t i) { return i == IMAGE_NONE ? (struct str){ "", 0 } : img->string[i]; }

/* Shape and size of an opcode's operands. */
enum operand_shape { SHAPE_NONE, SHAPE_U8, SHAPE_N16, SHAPE_CONST, SHAPE_LOCAL, SHAPE_GLOBAL, SHAPE_FIELD, SHAPE_BUILTIN, SHAPE_FN, SHAPE_TYPE,
	             SHAPE_JUMP, SHAPE_FORK, SHAPE_CATCH, SHAPE_PROBE, SHAPE_RUN, SHAPE_HTTP, SHAPES };
struct opcode_info {
	const char *name;
	enum operand_shape shape;
	unsigned size;         /* of the whole instruction */
	const char *signature; /* as in tbl/builtin.def; "*" */
	const char *doc;
};
extern const struct opcode_info opcode_table[OPCODES];

struct instruction { /* decoded; what its shape doesn't have is 0 */
	enum opcode op;
	uint32_t a;     /* the operand; target of a JUMP, FORK or CATCH; a PROBE's probe, a RUN's flags, an HTTP's method */
	uint32_t b;     /* a FORK's join, a CATCH's kind, a PROBE's kind, an HTTP's flag */
	uint32_t c, d;  /* a PROBE's `fails` and `of` */
	uint32_t size;  /* in bytes */
};
/* Decodes what stands at `pc` of `n` bytes of code; false where that is no whole instruction. */
bool image_instruction(const uint8_t *code, uint32_t n, uint32_t pc, struct instruction *out);

/* The type that an arithmetic opcode (OP_ADD … OP_MOD) makes of two; false where they don't go together. tbl/arith.def, and lists. */
bool arith_result(enum opcode op, struct type left, struct type right, struct type *out);

#endif
