#include "signature.h"

static enum type_base base_of_letter(char c)
{
	switch (c) {
	case 'b': return T_BOOL;
	case 'i': return T_INT;
	case 'f': return T_FLOAT;
	case 's': return T_STRING;
	case 'd': return T_DURATION;
	case 'z': return T_SIZE;
	case 'p': return T_PERCENT;
	case 'h': return T_HOST;
	case 'P': return T_PROCESS;
	case 'r': return T_RESULT;
	case 'j': return T_JSON;
	default: return T_NONE;
	}
}

static const char *read_type(const char *p, struct signature_type *out)
{
	*out = (struct signature_type){ 0 };
	while (*p == '[') out->lists++, p++;
	out->base = *p++;
	while (*p == ']') p++;
	return p;
}

void signature_read(const char *text, struct signature *out)
{
	*out = (struct signature){ 0 };
	while (*text != '-') text = read_type(text, &out->param[out->nparams++]);
	out->has_result = text[2] != 0;
	if (out->has_result) read_type(text + 2, &out->result);
}

bool signature_takes(struct signature_type s, struct type t, struct type *bound)
{
	if (s.base != 'T') return type_fits(t, (struct type){ (uint8_t)base_of_letter(s.base), s.lists });
	if (t.lists < s.lists) return false;
	struct type element = { t.base, (uint8_t)(t.lists - s.lists) };
	bool open = bound->base == T_NONE && (bound->lists == 0 || type_fits(*bound, element));
	if (open) *bound = element;
	return open || type_fits(element, *bound);
}

struct type signature_type(struct signature_type s, struct type bound)
{
	if (s.base != 'T') return (struct type){ (uint8_t)base_of_letter(s.base), s.lists };
	return (struct type){ bound.base, (uint8_t)(bound.lists + s.lists) };
}
