/* The tree as indented text: a node a line, what it is to its parent before the colon, where it stands behind the @. */
#include "irs/parse.h"

#include <stdarg.h>
#include <stdio.h>

#include "irs/literal.h"

struct dump {
	struct buf *out;
	struct sources *ss;
	unsigned depth;
};

static void put_span(struct dump *d, struct span at)
{
	struct place a = source_place(d->ss, at.file, at.start), b = source_place(d->ss, at.file, at.end);
	buf_printf(d->out, " @%u:%u-%u:%u\n", a.line, a.column, b.line, b.column);
}

static void begin(struct dump *d, const char *role, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void begin(struct dump *d, const char *role, const char *fmt, ...)
{
	va_list ap;
	buf_pad(d->out, ' ', (size_t)d->depth * 2);
	if (role) buf_printf(d->out, "%s: ", role);
	va_start(ap, fmt);
	buf_vprintf(d->out, fmt, ap);
	va_end(ap);
}

static void put_name(struct dump *d, struct name n)
{
	if (!n.text.n) return;
	buf_putc(d->out, ' ');
	buf_safe(d->out, n.text);
}

static void put_quoted(struct dump *d, struct str s)
{
	buf_putc(d->out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n') buf_puts(d->out, "\\n");
		else if (s.p[i] == '\t') buf_puts(d->out, "\\t");
		else if (s.p[i] == '"' || s.p[i] == '\\') buf_printf(d->out, "\\%c", s.p[i]);
		else buf_putc(d->out, s.p[i]);
	}
	buf_putc(d->out, '"');
}

static void dump_expr(struct dump *d, const char *role, const struct expr *e);
static void dump_block(struct dump *d, const char *role, const struct block *b);

/* ---- expressions ---- */

static void dump_template(struct dump *d, const char *role, const struct template *t)
{
	static const char *const forms[] = { "string", "block", "raw", "raw block" };
	if (!t) return;
	begin(d, role, "%s", forms[t->form]);
	put_span(d, t->span);
	d->depth++;
	for (size_t i = 0; i < t->parts.n; i++) {
		const struct template_part *p = &t->parts.at[i];
		if (p->hole) {
			dump_expr(d, p->raw ? "raw hole" : "hole", p->hole);
		} else {
			begin(d, NULL, "text ");
			put_quoted(d, p->text);
			put_span(d, p->span);
		}
	}
	d->depth--;
}

static void dump_list(struct dump *d, const char *role, const exprs_t *list)
{
	for (size_t i = 0; i < list->n; i++) dump_expr(d, role, list->at[i]);
}

static void put_expr_head(struct dump *d, const struct expr *e)
{
	static const char *const ops[] = { "or", "and", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%" };
	struct buf *b = d->out;
	switch (e->kind) {
	case E_ERROR: buf_puts(b, "error"); break;
	case E_BOOL: buf_puts(b, e->boolean ? "true" : "false"); break;
	case E_INT: buf_printf(b, "int %lld", (long long)e->integer); break;
	case E_FLOAT: buf_puts(b, "float "), literal_put_float(b, e->real); break;
	case E_DURATION: buf_puts(b, "duration "), literal_put_duration(b, e->integer); break;
	case E_SIZE: buf_puts(b, "size "), literal_put_size(b, e->integer); break;
	case E_PERCENT: buf_puts(b, "percent "), literal_put_percent(b, e->integer); break;
	case E_STRING: break; /* dump_template */
	case E_LIST: buf_puts(b, "list"); break;
	case E_NAME: buf_puts(b, "name"), put_name(d, e->name.name); break;
	case E_HERE: buf_puts(b, "here"); break;
	case E_RUNNER: buf_puts(b, "runner"); break;
	case E_FIELD: buf_puts(b, "field"), put_name(d, e->field.field); break;
	case E_CALL: buf_puts(b, "call"); break;
	case E_UNARY: buf_puts(b, e->unary.op == UN_NOT ? "not" : "negative"); break;
	case E_BINARY: buf_printf(b, "binary %s", ops[e->binary.op]); break;
	case E_COMPREHENSION: buf_puts(b, "comprehension"), put_name(d, e->comprehension.variable); break;
	case E_RUN: buf_puts(b, e->run.attempt ? "try run" : "run"); break;
	case E_HTTP: buf_puts(b, "http"), put_name(d, e->http.method); break;
	case E_TCP: buf_puts(b, "tcp"); break;
	case E_PROBE:
		buf_puts(b, "probe"), put_name(d, e->probe.probe);
		if (e->probe.healthy) buf_puts(b, " healthy");
		else buf_printf(b, " fails %lld of %lld", (long long)e->probe.fails, (long long)e->probe.of);
		break;
	case E_KINDS: break;
	}
}

static const char *role_of(char role[80], struct str word)
{
	snprintf(role, 80, "%.*s", word.n < 79 ? (int)word.n : 79, word.p);
	return role;
}

static void dump_args(struct dump *d, const args_t *args)
{
	for (size_t i = 0; i < args->n; i++) {
		struct str label = args->at[i].label.text;
		char role[80];
		dump_expr(d, label.n ? role_of(role, label) : "arg", args->at[i].value);
	}
}

static void dump_children(struct dump *d, const struct expr *e)
{
	switch (e->kind) {
	case E_LIST: dump_list(d, NULL, &e->list.elements); break;
	case E_FIELD: dump_expr(d, NULL, e->field.object); break;
	case E_CALL:
		dump_expr(d, "callee", e->call.callee);
		dump_args(d, &e->call.args);
		break;
	case E_UNARY: dump_expr(d, NULL, e->unary.operand); break;
	case E_BINARY:
		dump_expr(d, NULL, e->binary.left);
		dump_expr(d, NULL, e->binary.right);
		break;
	case E_COMPREHENSION:
		dump_expr(d, "element", e->comprehension.element);
		dump_expr(d, "in", e->comprehension.list);
		dump_expr(d, "if", e->comprehension.condition);
		break;
	case E_RUN:
		dump_expr(d, "command", e->run.command);
		dump_expr(d, "on", e->run.on);
		dump_expr(d, "timeout", e->run.timeout);
		dump_expr(d, "input", e->run.input);
		break;
	case E_HTTP:
		dump_expr(d, "url", e->http.url);
		dump_expr(d, "timeout", e->http.timeout);
		dump_expr(d, "body", e->http.body);
		dump_expr(d, "expect", e->http.expect);
		break;
	case E_TCP:
		dump_expr(d, "address", e->tcp.address);
		dump_expr(d, "timeout", e->tcp.timeout);
		break;
	case E_PROBE: dump_expr(d, "for", e->probe.hold); break;
	default: break;
	}
}

static void dump_expr(struct dump *d, const char *role, const struct expr *e)
{
	if (!e) return;
	if (e->kind == E_STRING) {
		dump_template(d, role, e->string);
		return;
	}
	begin(d, role, "%s", "");
	put_expr_head(d, e);
	put_span(d, e->span);
	d->depth++;
	dump_children(d, e);
	d->depth--;
}

/* ---- statements ---- */

static void put_stmt_head(struct dump *d, const struct stmt *s)
{
	static const char *const words[S_KINDS] = { "error", "let", "expression", "expect", "if", "for", "retry", "wait", "log",
		"fail", "return", "spawn", "do" };
	buf_puts(d->out, words[s->kind]);
	if (s->kind == S_LET) put_name(d, s->let.name);
	if (s->kind == S_FOR) put_name(d, s->loop.variable);
}

static void dump_stmt(struct dump *d, const struct stmt *s)
{
	begin(d, NULL, "%s", "");
	put_stmt_head(d, s);
	put_span(d, s->span);
	d->depth++;
	switch (s->kind) {
	case S_LET: dump_expr(d, NULL, s->let.value); break;
	case S_EXPR: case S_WAIT: case S_LOG: case S_FAIL: case S_RETURN: dump_expr(d, NULL, s->expr); break;
	case S_EXPECT:
		dump_expr(d, NULL, s->expect.condition);
		dump_expr(d, "within", s->expect.within);
		dump_expr(d, "for", s->expect.hold);
		break;
	case S_IF:
		dump_expr(d, NULL, s->branch.condition);
		dump_block(d, "then", s->branch.then);
		dump_block(d, "else", s->branch.otherwise);
		break;
	case S_FOR:
		dump_expr(d, "in", s->loop.list);
		dump_expr(d, "at most", s->loop.at_most);
		dump_block(d, NULL, s->loop.body);
		break;
	case S_RETRY:
		dump_expr(d, "times", s->retry.times);
		dump_expr(d, "every", s->retry.every);
		dump_block(d, NULL, s->retry.body);
		break;
	case S_SPAWN:
		dump_expr(d, "command", s->spawn.command);
		dump_expr(d, "mark", s->spawn.mark);
		break;
	case S_DO: dump_expr(d, NULL, s->call); break;
	case S_ERROR: case S_KINDS: break;
	}
	d->depth--;
}

static void dump_block(struct dump *d, const char *role, const struct block *b)
{
	if (!b) return;
	begin(d, role, "block");
	put_span(d, b->span);
	d->depth++;
	for (size_t i = 0; i < b->stmts.n; i++) dump_stmt(d, b->stmts.at[i]);
	d->depth--;
}

/* ---- items ---- */

static void dump_items(struct dump *d, const items_t *items);

static void dump_params(struct dump *d, const params_t *params)
{
	for (size_t i = 0; i < params->n; i++) {
		const struct param *p = &params->at[i];
		begin(d, NULL, "parameter");
		put_name(d, p->name);
		buf_puts(d->out, ": ");
		type_put(d->out, p->type);
		put_span(d, p->name.span);
		d->depth++;
		dump_expr(d, "default", p->default_value);
		d->depth--;
	}
}

static void dump_pointer(struct dump *d, const struct pointer *p)
{
	static const char *const words[] = { "man", "url", "file", "source", "ask" };
	dump_template(d, words[p->kind], p->text);
}

static void dump_fanout(struct dump *d, const struct fanout *f)
{
	static const char *const words[] = { "all", "one at a time", "at most", "at most (share)" };
	if (f->kind == FANOUT_ALL) return;
	begin(d, NULL, "%s", words[f->kind]);
	put_span(d, f->span);
	d->depth++;
	dump_expr(d, NULL, f->limit);
	d->depth--;
}

static void dump_flag(struct dump *d, bool set, const char *word)
{
	if (set) begin(d, NULL, "%s\n", word);
}

static void dump_range(struct dump *d, const struct range *r)
{
	dump_expr(d, "low", r->low);
	dump_expr(d, "high", r->high);
}

static void dump_use(struct dump *d, const struct item *i)
{
	for (size_t k = 0; k < i->use.modules.n; k++) {
		begin(d, NULL, "module");
		put_name(d, i->use.modules.at[k]);
		put_span(d, i->use.modules.at[k].span);
	}
	dump_template(d, "path", i->use.path);
	if (!i->use.alias.text.n) return;
	begin(d, NULL, "as");
	put_name(d, i->use.alias);
	put_span(d, i->use.alias.span);
}

static void dump_fn(struct dump *d, const struct item *i)
{
	dump_params(d, &i->fn.params);
	if (i->fn.has_result) {
		begin(d, "result", "%s", "");
		type_put(d->out, i->fn.result);
		put_span(d, i->fn.result_span);
	}
	dump_block(d, NULL, i->fn.body);
}

static void dump_step(struct dump *d, const struct item *i)
{
	dump_expr(d, "on", i->step.on);
	dump_fanout(d, &i->step.fanout);
	dump_expr(d, "after", i->step.after);
	dump_flag(d, i->step.when_mitigated, "when mitigated");
	dump_flag(d, i->step.unless_resolved, "unless resolved");
	dump_items(d, &i->step.items);
}

static void dump_failsafe(struct dump *d, const struct item *i)
{
	dump_flag(d, i->failsafe.none, "none");
	dump_flag(d, i->failsafe.required, "required");
	dump_expr(d, "silent", i->failsafe.silent);
	dump_expr(d, "latest", i->failsafe.latest);
}

static void dump_param_item(struct dump *d, const struct item *i)
{
	begin(d, "type", "%s", "");
	type_put(d->out, i->param.type);
	put_span(d, i->param.type_span);
	dump_expr(d, "default", i->param.default_value);
	dump_range(d, &i->param.range);
}

static void dump_words(struct dump *d, const struct item *i)
{
	static const char *const needs[] = { "root", "tool", "kernel module" };
	switch (i->kind) {
	case I_LEVEL: begin(d, NULL, "word"), put_name(d, i->word), put_span(d, i->word.span); break;
	case I_TARGET:
		begin(d, NULL, "%lld..%lld hosts", (long long)i->target.low, (long long)i->target.high);
		put_span(d, i->target.span);
		break;
	case I_NEEDS:
		if (i->needs.text) dump_template(d, needs[i->needs.kind], i->needs.text);
		else dump_flag(d, true, needs[i->needs.kind]);
		break;
	default: break;
	}
}

static void dump_inside(struct dump *d, const struct item *i)
{
	switch (i->kind) {
	case I_USE: dump_use(d, i); break;
	case I_FN: dump_fn(d, i); break;
	case I_FAULT: dump_params(d, &i->fault.params), dump_items(d, &i->fault.items); break;
	case I_SCENARIO: dump_items(d, &i->scenario.items); break;
	case I_BRIEF: dump_template(d, NULL, i->text); break;
	case I_LASTS: dump_range(d, &i->range); break;
	case I_COMPONENTS: case I_REQUIRES:
		for (size_t k = 0; k < i->texts.n; k++) dump_template(d, NULL, i->texts.at[k]);
		break;
	case I_READING:
		for (size_t k = 0; k < i->pointers.n; k++) dump_pointer(d, &i->pointers.at[k]);
		break;
	case I_PARAM: dump_param_item(d, i); break;
	case I_LET: dump_expr(d, NULL, i->let.value); break;
	case I_PROBE:
		dump_expr(d, "every", i->probe.every);
		dump_expr(d, "timeout", i->probe.timeout);
		dump_expr(d, "from", i->probe.from);
		dump_block(d, NULL, i->probe.body);
		break;
	case I_ALARM:
		if (i->alarm.severity.text.n) begin(d, "severity", "%.*s\n", STR_ARG(i->alarm.severity.text));
		dump_expr(d, "when", i->alarm.condition);
		dump_expr(d, "latest", i->alarm.latest);
		break;
	case I_PRECONDITION:
		dump_expr(d, "on", i->precondition.on);
		dump_fanout(d, &i->precondition.fanout);
		dump_block(d, NULL, i->precondition.body);
		break;
	case I_STEP: dump_step(d, i); break;
	case I_MESSAGE: dump_expr(d, "after", i->message.after), dump_template(d, "text", i->message.text); break;
	case I_HINT: dump_pointer(d, &i->hint.pointer); break;
	case I_RESOLVED: case I_INDUCE: case I_VERIFY: case I_SUPERSEDED: dump_block(d, NULL, i->body.body); break;
	case I_RESTORE: dump_block(d, NULL, i->restore.body), dump_template(d, "because", i->restore.because); break;
	case I_RESOLUTION:
		for (size_t k = 0; k < i->resolution.keys.n; k++) {
			char key[80];
			dump_template(d, role_of(key, i->resolution.keys.at[k].text), i->resolution.texts.at[k]);
		}
		break;
	case I_DO: dump_stmt(d, i->stmt); break;
	case I_FAILSAFE: dump_failsafe(d, i); break;
	default: dump_words(d, i); break;
	}
}

static const char *item_word(enum item_kind kind)
{
	static const char *const words[I_KINDS] = {
		[I_ERROR] = "error", [I_USE] = "use", [I_FN] = "fn", [I_FAULT] = "fault", [I_SCENARIO] = "scenario", [I_BRIEF] = "brief",
		[I_LEVEL] = "level", [I_LASTS] = "lasts", [I_COMPONENTS] = "components", [I_REQUIRES] = "requires", [I_READING] = "reading",
		[I_TARGET] = "target", [I_PARAM] = "param", [I_LET] = "let", [I_PROBE] = "probe", [I_ALARM] = "alarm",
		[I_PRECONDITION] = "precondition", [I_STEP] = "step", [I_MESSAGE] = "message", [I_HINT] = "hint", [I_RESOLVED] = "resolved",
		[I_RESOLUTION] = "resolution", [I_NEEDS] = "needs", [I_INDUCE] = "induce", [I_VERIFY] = "verify", [I_RESTORE] = "restore",
		[I_SUPERSEDED] = "superseded", [I_DO] = "do", [I_FAILSAFE] = "failsafe",
	};
	return words[kind];
}

static void dump_item(struct dump *d, const struct item *i)
{
	static const char *const levels[] = { "public", "secret", "hidden" };
	begin(d, NULL, "%s %s", levels[i->level], item_word(i->kind));
	put_name(d, i->name);
	put_span(d, i->span);
	d->depth++;
	if (i->doc.n) {
		begin(d, "doc", "%s", "");
		put_quoted(d, i->doc);
		buf_putc(d->out, '\n');
	}
	dump_template(d, "title", i->title);
	dump_inside(d, i);
	d->depth--;
}

static void dump_items(struct dump *d, const items_t *items)
{
	for (size_t k = 0; k < items->n; k++) dump_item(d, items->at[k]);
}

void ast_dump(struct buf *out, const struct ast *ast, struct sources *ss)
{
	struct dump d = { .out = out, .ss = ss };
	for (size_t k = 0; k < ast->items.n; k++) dump_item(&d, ast->items.at[k]);
	for (size_t k = 0; k < ast->comments.n; k++) {
		begin(&d, NULL, ast->comments.at[k].own_line ? "comment" : "comment behind");
		put_span(&d, ast->comments.at[k].span);
	}
}
