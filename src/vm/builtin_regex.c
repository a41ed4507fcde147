/* Regular expressions (PCRE2). Pattern and subject may come from a host: matching is bounded, and says so when it gives up. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "builtin.h"

enum { MATCH_LIMIT = 1000000, DEPTH_LIMIT = 1000, HEAP_LIMIT_KIB = 20000, LONGEST_PATTERN = 64 << 10 };

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

static void regex_free(struct regex *r)
{
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->limits);
	pcre2_code_free(r->code);
}

static bool regex_new(struct fiber *f, struct str pattern, struct regex *r)
{
	int error;
	PCRE2_SIZE at;
	*r = (struct regex){ 0 };
	if (pattern.n > LONGEST_PATTERN) return raise_unknown(f, "a regular expression is longer than 64 KiB");
	r->code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, PCRE2_NEVER_BACKSLASH_C, &error, &at, NULL);
	if (!r->code) {
		PCRE2_UCHAR why[120];
		pcre2_get_error_message(error, why, sizeof why);
		return raise_unknown(f, "the regular expression is wrong at its byte %zu: %s", (size_t)at + 1, (const char *)why);
	}
	r->data = pcre2_match_data_create_from_pattern(r->code, NULL);
	r->limits = pcre2_match_context_create(NULL);
	if (!r->data || !r->limits) return raise_heap(f);
	pcre2_set_match_limit(r->limits, MATCH_LIMIT);
	pcre2_set_depth_limit(r->limits, DEPTH_LIMIT);
	pcre2_set_heap_limit(r->limits, HEAP_LIMIT_KIB);
	return true;
}

/* The number of groups + 1, 0 without a match, negative: raised. */
static int regex_match(struct fiber *f, struct regex *r, struct str s)
{
	int n = pcre2_match(r->code, (PCRE2_SPTR)s.p, s.n, 0, 0, r->data, r->limits);
	if (n == PCRE2_ERROR_NOMATCH) return 0;
	if (n < 0) raise_unknown(f, "a regular expression takes too long to match, and was given up");
	return n;
}

bool builtin_matches(struct fiber *f, const struct value *a, struct value *out)
{
	struct regex r;
	bool done = false;
	if (!regex_new(f, text_str(a[1].text), &r)) goto out;
	int n = regex_match(f, &r, text_str(a[0].text));
	if (n < 0) goto out;
	*out = of_bool(n > 0 ? TRUE3 : FALSE3, 0);
	done = true;
out:
	regex_free(&r);
	return done;
}

/* All groups that the expression has; one that took no part is empty. */
static bool groups(struct fiber *f, const struct regex *r, const struct value *a, struct value_list *list)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->data);
	for (size_t i = 0; i < list->n; i++) {
		PCRE2_SIZE from = at[2 * i + 2], to = at[2 * i + 3];
		struct str s = from == PCRE2_UNSET || to < from ? (struct str){ "", 0 } : (struct str){ a[0].text->p + from, to - from };
		if (!text_derived(f, s, a, 1, &list->at[i])) return false;
	}
	return true;
}

bool builtin_capture(struct fiber *f, const struct value *a, struct value *out)
{
	struct regex r;
	bool done = false;
	if (!regex_new(f, text_str(a[1].text), &r)) goto out;
	int n = regex_match(f, &r, text_str(a[0].text));
	if (n < 0) goto out;
	uint32_t ngroups = 0;
	pcre2_pattern_info(r.code, PCRE2_INFO_CAPTURECOUNT, &ngroups);
	size_t kept = n > 0 ? ngroups : 0;
	struct value_list *list = heap_alloc(f, sizeof *list + kept * sizeof *list->at);
	if (!list) {
		raise_heap(f);
		goto out;
	}
	list->n = kept;
	if (!groups(f, &r, a, list)) goto out;
	*out = (struct value){ .tag = V_LIST, .of = TYPE_LIST(T_STRING), .list = list };
	done = true;
out:
	regex_free(&r);
	return done;
}
