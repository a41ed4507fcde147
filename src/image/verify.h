/*
 * verify: what the parts of the verifier share.  The rules are those of
 * tbl/verify.def; each part stops at the first one that is broken.  All work
 * is linear in the image's size, nothing recurses, and every list is walked
 * once because lists may not overlap.
 *
 *   load.c           the file: header, sections, strings
 *   verify.c         records: indices, kinds, what goes with what
 *   verify_code.c    each function's code, in one pass over its instructions
 *   verify_ops.c     what each instruction does to the stack
 *   verify_calls.c   what functions do together: calls, effects, roles, capabilities
 */
#ifndef IRS_IMAGE_VERIFY_H
#define IRS_IMAGE_VERIFY_H

#include "irs/image.h"
#include "irs/vec.h"

enum rule {
#define RULE(id, text) RULE_##id,
#include "irs/tbl/verify.def"
#undef RULE
	RULES
};

/* Fills `e` (IRS_USAGE) with the rule's text and the place; returns false. */
bool rule_broken(struct err *e, enum rule r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Who is declared to be asked or commanded, or really is: bits of targets, then of the runner, then of anything else. */
struct image_uses {
	uint64_t shell, shell_root, http, tcp;
};
enum { USES_RUNNER = 62, USES_ANYTHING = 63 };

struct edge { /* from a function, to a function that it calls or a global that it reads */
	uint32_t from, to;
};

struct verifier {
	const struct image *img;
	struct err *e;
	struct arena *scratch;
	/* Found out by verify_code, of each function: */
	uint32_t *depth;    /* of its stack */
	uint32_t *may;      /* enum may, by itself */
	uint32_t *params;   /* its parameters' types as a stack of the type tree */
	uint32_t *captured; /* the same for what its OP_CAPTURE takes; NO_STACK without one */
	VEC(struct edge) calls, reads;
	uint64_t *targets;  /* whose hosts may come up in it; bits as in image_uses. By itself only the runner; verify_calls adds the rest */
	/* Found out by verify_calls: */
	uint32_t *may_all;  /* with all that it calls */
};
#define NO_STACK UINT32_MAX

bool verify_records(struct verifier *v);
bool verify_code(struct verifier *v);
bool verify_calls(struct verifier *v);
/* What the program really does; after verify_calls. */
struct image_uses verify_uses(const struct verifier *v);

/* "function 3 (freeze.induce)" for a place in an error; the text stands in scratch. */
const char *function_place(struct verifier *v, uint32_t function);

#endif
