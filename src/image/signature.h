/* signature: "[T]i->T" of tbl/builtin.def and tbl/opcode.def, read one type at a time and bound to the types that stand there. */
#ifndef IRS_IMAGE_SIGNATURE_H
#define IRS_IMAGE_SIGNATURE_H

#include "irs/type.h"

struct signature_type {
	char base;      /* its letter; 'T': any */
	uint8_t lists;
};
enum { SIGNATURE_MAX = 4 };
struct signature {
	struct signature_type param[SIGNATURE_MAX], result;
	unsigned nparams;
	bool has_result;
};

void signature_read(const char *text, struct signature *out);
/* Whether a value of type `t` may stand for `s`; T is bound at its first place, and after that is the same type. */
bool signature_takes(struct signature_type s, struct type t, struct type *bound);
struct type signature_type(struct signature_type s, struct type bound);

#endif
