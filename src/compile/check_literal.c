/* check_literal: texts that are written in place and that something reads: addresses, regular expressions. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "check_private.h"
#include "irs/literal.h"

static const struct template *text_of(const struct expr *e)
{
	return e->kind == E_STRING && e->string->parts.n ? e->string : NULL;
}

/* ---- addresses ---- */

void check_url(struct checker *c, const struct expr *e)
{
	const struct template *t = text_of(e);
	if (!t || t->parts.at[0].hole) return;
	struct str text = t->parts.at[0].text;
	if (str_starts(text, STR("http://")) || str_starts(text, STR("https://"))) return;
	struct diag *d = diag_add(c->ds, D_bad_address, e->span, "an http address begins with `http://` or `https://`");
	if (!memmem(text.p, text.n, "://", 3)) diag_help(c->ds, d, "write it whole: http://%.*s", STR_ARG(text));
}

/* A text ends in ":80", or begins behind a hole that may. */
void check_endpoint(struct checker *c, const struct expr *e)
{
	const struct template *t = text_of(e);
	if (!t || t->parts.at[t->parts.n - 1].hole) return;
	struct str text = t->parts.at[t->parts.n - 1].text;
	size_t colon = text.n;
	while (colon && text.p[colon - 1] != ':') colon--;
	struct str port = { text.p + colon, text.n - colon };
	int64_t number;
	bool named = colon > 1 || (colon == 1 && t->parts.n > 1);
	if (named && literal_int(port, &number) == LIT_OK && number >= 1 && number <= 65535) return;
	struct diag *d = diag_add(c->ds, D_bad_address, e->span, "a tcp address is a host and a port");
	diag_help(c->ds, d, "\"web.example:443\", \"[2001:db8::1]:443\" or \"#{here.address}:443\"");
}

/* ---- regular expressions ---- */

static struct span place_in(const struct template_part *part, size_t at)
{
	uint32_t start = at >= part->text.n ? part->span.end : part->origin ? part->origin[at] : part->span.start + (uint32_t)at;
	return (struct span){ part->span.file, start, start };
}

void check_pattern(struct checker *c, const struct expr *e)
{
	const struct template *t = text_of(e);
	if (!t || t->parts.n != 1 || t->parts.at[0].hole) return;
	const struct template_part *part = &t->parts.at[0];
	int error;
	PCRE2_SIZE at;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)part->text.p, part->text.n, PCRE2_NEVER_BACKSLASH_C, &error, &at, NULL);
	if (code) {
		pcre2_code_free(code);
		return;
	}
	PCRE2_UCHAR why[120] = "";
	pcre2_get_error_message(error, why, sizeof why);
	struct diag *d = diag_add(c->ds, D_bad_pattern, e->span, "this is no regular expression: %s", (const char *)why);
	diag_label(c->ds, d, place_in(part, at), "up to here it is one");
}
