/*
 * The front end: any bytes parse to some tree with diagnostics that can be rendered; what parses clean can be
 * formatted, and then formats to itself and to the same tree.
 */
#include "../unit/lang/parsed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void render_all(struct parsed *p)
{
	enum render_format last = p->sources.file.at[0]->text.n % 32 ? RENDER_JSON : RENDER_SARIF; /* the table of rules takes its time */
	for (enum render_format f = RENDER_HUMAN; f <= last; f++) {
		struct buf out = { 0 };
		render_diags(&out, &p->diags, &p->sources, &(struct render_options){ .format = f, .color = p->diags.list.n % 2 });
		if (utf8_valid(out.p ? out.p : "", out.n) != out.n) __builtin_trap();
		buf_free(&out);
	}
}

static void check_spans(struct parsed *p)
{
	size_t end = p->sources.file.at[0]->text.n;
	for (size_t i = 0; i < p->diags.list.n; i++) {
		const struct diag *d = p->diags.list.at[i];
		if (d->span.start > d->span.end || d->span.end > end) __builtin_trap();
		for (size_t k = 0; k < d->labels.n; k++)
			if (d->labels.at[k].span.start > d->labels.at[k].span.end || d->labels.at[k].span.end > end) __builtin_trap();
	}
}

static void check_format(struct parsed *p)
{
	struct buf once = { 0 }, twice = { 0 };
	struct parsed again;
	fmt_put(&once, p->ast, &p->sources);
	parse_bytes(&again, buf_view(&once));
	if (again.ast->broken || strcmp(tree_of(p), tree_of(&again)) != 0) __builtin_trap();
	fmt_put(&twice, again.ast, &again.sources);
	if (!str_eq(buf_view(&once), buf_view(&twice))) __builtin_trap();
	parse_done(&again);
	buf_free(&once);
	buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 1 << 13) return 0;
	struct parsed p;
	parse_bytes(&p, (struct str){ (const char *)data, size });
	render_all(&p);
	check_spans(&p);
	if (p.ast->broken != (p.diags.errors > 0)) __builtin_trap();
	if (!p.ast->broken) check_format(&p);
	parse_done(&p);
	return 0;
}
