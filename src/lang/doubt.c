/* Texts that read like another language's holes: `${x}` where x is a name of this file, `#{` where a text has no holes. */
#include "ast_build.h"

void doubt_declare(struct parser *p, struct name name)
{
	map_put(p->arena, &p->declared, name.text, p);
}

void doubt_text(struct parser *p, struct template *t)
{
	for (size_t i = 0; i < t->parts.n; i++) {
		struct str s = t->parts.at[i].text;
		if (t->parts.at[i].hole || !memmem(s.p, s.n, t->form >= STRING_RAW ? "#{" : "${", 2)) continue;
		vec_push(p->arena, &p->doubtful, t);
		return;
	}
}

static bool is_word_byte(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

/* The name in braces that begins at `s`; of no length if it is none of this file's. */
static struct str declared_name(const struct parser *p, struct str s)
{
	size_t n = 0;
	while (n < s.n && is_word_byte(s.p[n])) n++;
	struct str name = { s.p, n };
	return n < s.n && s.p[n] == '}' && n && map_get(&p->declared, name) ? name : (struct str){ 0 };
}

/* Whether the text gives the shell's variable of that name a value: then it is the shell's. */
static bool assigns(struct str text, struct str name)
{
	const char *at = text.p, *end = text.p + text.n;
	while ((at = memmem(at, (size_t)(end - at), name.p, name.n))) {
		at += name.n;
		if (at < end && *at == '=') return true;
	}
	return false;
}

static struct span span_of(const struct template_part *part, size_t at, size_t n)
{
	uint32_t from = part->origin ? part->origin[at] : part->span.start + (uint32_t)at;
	return (struct span){ part->span.file, from, from + (uint32_t)n };
}

/* `mark` is "${" or "#{"; one diagnostic a part. */
static void look_at(struct parser *p, const struct template *t, const struct template_part *part, const char *mark)
{
	struct str text = part->text;
	for (size_t i = 0; i + 2 < text.n; i++) {
		if (memcmp(text.p + i, mark, 2) != 0) continue;
		struct str name = declared_name(p, (struct str){ text.p + i + 2, text.n - i - 2 });
		if (!name.n || assigns(text, name)) continue;
		struct span at = span_of(part, i, name.n + 3);
		bool raw = t->form >= STRING_RAW;
		struct diag *d = diag_add(p->diags, D_no_hole, at, "`%s%.*s}` is nothing but text here", mark, STR_ARG(name));
		diag_help(p->diags, d, raw ? "texts in single quotes have no holes; in double quotes `#{%.*s}` is one" : "a hole is written `#{%.*s}`",
			STR_ARG(name));
		if (!raw) diag_fix(p->diags, d, (struct span){ at.file, at.start, at.start + 1 }, "#");
		return;
	}
}

void doubt_report(struct parser *p)
{
	for (size_t i = 0; i < p->doubtful.n; i++) {
		const struct template *t = p->doubtful.at[i];
		for (size_t k = 0; k < t->parts.n; k++)
			if (!t->parts.at[k].hole) look_at(p, t, &t->parts.at[k], t->form >= STRING_RAW ? "#{" : "${");
	}
}
