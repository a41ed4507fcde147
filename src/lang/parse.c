#include "irs/parse.h"

#include "ast_build.h"
#include "lexer.h"
#include "parser.h"

#include "irs.tab.h"

void parser_unread(struct parser *p, struct span at)
{
	size_t n = p->ast->unread.n;
	const struct span *last = n ? &p->ast->unread.at[n - 1] : NULL;
	if (!last || at.start < last->start || at.end > last->end) vec_push(p->arena, &p->ast->unread, at);
}

void parser_unread_all(struct parser *p)
{
	p->ast->unread.n = 0;
	parser_unread(p, (struct span){ p->file, 0, (uint32_t)p->text.n });
}

/* A NUL says that this is no text at all; then nothing is read. */
static bool is_text(struct parser *p)
{
	const char *nul = memchr(p->text.p, 0, p->text.n);
	if (!nul) return true;
	uint32_t at = (uint32_t)(nul - p->text.p);
	struct diag *d = diag_add(p->diags, D_nul_byte, (struct span){ p->file, at, at + 1 }, "there is a NUL byte in the file");
	diag_help(p->diags, d, "a scenario is a text in UTF-8; is this the right file, and not one in UTF-16 or a compiled image?");
	return false;
}

/* Says where bytes are that are not UTF-8, a stretch of them once; the lexer passes over them. */
static void check_utf8(struct parser *p)
{
	struct str s = p->text;
	size_t at = utf8_valid(s.p, s.n), told = 0;
	while (at < s.n && told++ < 20) {
		size_t end = at + 1;
		uint32_t cp;
		while (end < s.n && (unsigned char)s.p[end] >= 0x80 && !utf8_decode(s.p + end, s.n - end, &cp)) end++;
		struct span span = { p->file, (uint32_t)at, (uint32_t)end };
		struct diag *d = diag_add(p->diags, D_not_utf8, span, end - at == 1 ? "this byte is not UTF-8" : "these bytes are not UTF-8");
		diag_help(p->diags, d, "save the file as UTF-8 (`iconv -f latin1 -t utf8`, if that is what it is)");
		at = end + utf8_valid(s.p + end, s.n - end);
	}
}

struct ast *parse_file(struct arena *a, struct sources *ss, uint32_t file, struct diags *ds)
{
	struct parser p = { .arena = a, .sources = ss, .diags = ds, .file = file, .text = ss->file.at[file]->text };
	size_t errors = ds->errors;
	p.ast = arena_new_of(a, struct ast);
	p.ast->file = file;
	if (!is_text(&p)) {
		parser_unread_all(&p);
	} else {
		check_utf8(&p);
		lexer_begin(&p);
		if (irparse(&p) != 0) parser_unread_all(&p);
		lexer_end(&p);
		doubt_report(&p);
	}
	if (ds->errors > errors) p.ast->broken = true;
	return p.ast;
}
