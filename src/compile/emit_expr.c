/* emit_expr: each expression leaves its value on the stack. */
#include "emit_private.h"

enum { CHUNK = 256 }; /* of a long list or text: the stack is not deep */

enum builtin_row {
#define BUILTIN(id, name, signature, effect, doc) BUILTIN_##id,
#include "irs/tbl/builtin.def"
#undef BUILTIN
};
enum field_row {
#define FIELD(id, name, base, result, lists, doc) FIELD_##id,
#include "irs/tbl/field.def"
#undef FIELD
};

/* ---- constants ----------------------------------------------------------------------------------------- */

void emit_number(struct emitter *m, enum type_base base, int64_t bits)
{
	PUT(m->r, CONST, assembly_constant(m->as, TYPE(base), m->level, bits));
}

uint32_t text_constant(struct emitter *m, struct str s) { return assembly_text(m->as, m->level, s); }

void emit_text_constant(struct emitter *m, struct str s) { PUT(m->r, CONST, text_constant(m, s)); }

void emit_expr_or(struct emitter *m, const struct expr *e, enum type_base base, int64_t otherwise)
{
	if (e) emit_expr(m, e);
	else emit_number(m, base, otherwise);
}

struct str source_text(struct emitter *m, struct span s)
{
	enum { LONGEST = 200 };
	struct str text = m->p->sources->file.at[s.file]->text;
	struct buf b = { 0 };
	bool space = false;
	for (uint32_t i = s.start; i < s.end && b.n < LONGEST; i++) {
		char c = text.p[i];
		bool white = c == ' ' || c == '\t' || c == '\n' || c == '\r';
		if (!white && space && b.n) buf_putc(&b, ' ');
		if (!white) buf_putc(&b, c);
		space = white;
	}
	if (b.n >= LONGEST) {
		while (b.n && utf8_valid(b.p, b.n) != b.n) b.n--;
		buf_puts(&b, " …");
	}
	struct str out = { b.p ? arena_strndup(m->a, b.p, b.n) : "", b.n };
	buf_free(&b);
	return out;
}

/* ---- texts and commands ----------------------------------------------------------------------------------- */

static void emit_hole(struct emitter *m, const struct template_part *part, bool command)
{
	emit_expr(m, part->hole);
	if (command && part->context != HOLE_TEXT) PUT(m->r, QUOTE, part->context);
	else if (!type_is(part->hole->type, T_STRING)) PUT(m->r, TEXT);
}

static bool nothing(const struct template_part *part) { return !part->hole && part->text.n == 0; }

static void emit_template(struct emitter *m, const struct template *t, bool command)
{
	uint32_t n = 0;
	for (size_t i = 0; i < t->parts.n; i++) {
		const struct template_part *part = &t->parts.at[i];
		if (nothing(part)) continue;
		if (n == CHUNK) {
			PUT(m->r, CONCAT, n);
			n = 1;
		}
		if (part->hole) emit_hole(m, part, command);
		else emit_text_constant(m, part->text);
		n++;
	}
	if (n == 0) emit_text_constant(m, STR(""));
	else if (n > 1) PUT(m->r, CONCAT, n);
}

static void emit_list(struct emitter *m, const exprs_t *elements)
{
	size_t n = elements->n;
	bool first = true;
	for (size_t i = 0; i < n || first; first = false) {
		uint32_t chunk = n - i > CHUNK ? CHUNK : (uint32_t)(n - i);
		for (uint32_t k = 0; k < chunk; k++) emit_expr(m, elements->at[i++]);
		PUT(m->r, LIST, chunk);
		if (!first) PUT(m->r, ADD);
	}
}

void emit_command(struct emitter *m, const struct expr *command)
{
	if (command->kind == E_STRING) emit_template(m, command->string, true);
	else emit_expr(m, command);
}

/* ---- names, fields, calls ----------------------------------------------------------------------------------- */

static void emit_name(struct emitter *m, const struct symbol *s)
{
	switch (s->kind) {
	case SYM_GLOBAL:
		PUT(m->r, GLOBAL, s->index);
		break;
	case SYM_RESPONSE_FIELD:
		PUT(m->r, LOCAL, m->response);
		PUT(m->r, FIELD, (uint32_t)s->builtin);
		break;
	default:
		PUT(m->r, LOCAL, s->index);
	}
}

static void emit_field(struct emitter *m, const struct expr *e)
{
	emit_expr(m, e->field.object);
	if (e->field.field_id >= 0) {
		PUT(m->r, FIELD, (uint32_t)e->field.field_id);
		return;
	}
	uint32_t fn = fn_of_symbol(m, e->field.symbol);
	mark_place(m, e->span);
	PUT(m->r, CALL, fn);
}

static void emit_call(struct emitter *m, const struct expr *e)
{
	struct symbol *s = e->call.symbol;
	for (size_t i = 0; i < e->call.resolved.n; i++) emit_expr(m, e->call.resolved.at[i]);
	mark_place(m, e->span);
	if (s->kind == SYM_BUILTIN) PUT(m->r, BUILTIN, (uint32_t)s->builtin);
	else PUT(m->r, CALL, fn_of_symbol(m, s));
}

/* ---- operators ------------------------------------------------------------------------------------------------ */

static void emit_in(struct emitter *m, const struct expr *e)
{
	emit_expr(m, e->binary.right);
	emit_expr(m, e->binary.left);
	PUT(m->r, BUILTIN, type_is(e->binary.right->type, T_STRING) ? BUILTIN_contains : BUILTIN_contains_list);
}

static enum opcode opcode_of(enum binary_op op)
{
	static const uint8_t opcodes[] = {
		[BIN_EQ] = OP_EQ,   [BIN_NE] = OP_NE,	[BIN_LT] = OP_LT,   [BIN_LE] = OP_LE,	[BIN_GT] = OP_GT,   [BIN_GE] = OP_GE,
		[BIN_ADD] = OP_ADD, [BIN_SUB] = OP_SUB, [BIN_MUL] = OP_MUL, [BIN_DIV] = OP_DIV, [BIN_MOD] = OP_MOD,
	};
	return (enum opcode)opcodes[op];
}

/* The left side is on the stack. */
static void emit_right(struct emitter *m, const struct expr *e)
{
	if (e->binary.op == BIN_AND || e->binary.op == BIN_OR) {
		uint32_t end = routine_label(m->r);
		routine_put(m->r, (struct instruction){ .op = e->binary.op == BIN_AND ? OP_AND : OP_OR, .a = end });
		emit_expr(m, e->binary.right);
		routine_put(m->r, (struct instruction){ .op = e->binary.op == BIN_AND ? OP_KAND : OP_KOR });
		routine_bind(m->r, end);
	} else {
		emit_expr(m, e->binary.right);
		routine_put(m->r, (struct instruction){ .op = opcode_of(e->binary.op) });
	}
}

/* `a + b + c + …` may be as long as a file: the left spine is walked, not descended. */
static void emit_binary(struct emitter *m, const struct expr *e)
{
	if (e->binary.op == BIN_IN) {
		emit_in(m, e);
		return;
	}
	VEC(const struct expr *) spine = { 0 };
	const struct expr *x = e;
	for (; x->kind == E_BINARY && x->binary.op != BIN_IN; x = x->binary.left) vec_push(m->a, &spine, x);
	emit_expr(m, x);
	while (spine.n) emit_right(m, spine.at[--spine.n]);
}

static void emit_unary(struct emitter *m, const struct expr *e)
{
	emit_expr(m, e->unary.operand);
	if (e->unary.op == UN_NOT) PUT(m->r, NOT);
	else PUT(m->r, NEG);
}

/* ---- comprehensions --------------------------------------------------------------------------------------------- */

static bool of_nothing(struct type t) { return t.base == T_NONE && t.lists == 1; }

static void emit_comprehension(struct emitter *m, const struct expr *e)
{
	struct type list = e->comprehension.list->type;
	emit_expr(m, e->comprehension.list);
	if (of_nothing(list)) return; /* the empty list is what comes out of it */
	uint32_t next = routine_label(m->r), end = routine_label(m->r);
	uint32_t slot = e->comprehension.symbol->index = routine_local(m->r, type_element(list));
	struct type element = e->comprehension.element->type;
	PUT(m->r, GATHER, element.base | (uint32_t)element.lists << 8);
	routine_bind(m->r, next);
	PUT(m->r, NEXT_GATHER, end);
	PUT(m->r, SET, slot);
	if (e->comprehension.condition) {
		emit_expr(m, e->comprehension.condition);
		PUT(m->r, FILTER, next);
	}
	emit_expr(m, e->comprehension.element);
	PUT(m->r, KEEP);
	PUT(m->r, JUMP, next);
	routine_bind(m->r, end);
}

/* ---- effects ------------------------------------------------------------------------------------------------------ */

static void emit_run(struct emitter *m, const struct expr *e)
{
	uint32_t flags = 0;
	emit_command(m, e->run.command);
	if (e->run.command->type.lists) flags |= RUN_ARGV;
	if (e->run.on) {
		emit_expr(m, e->run.on);
		flags |= RUN_ON;
	}
	emit_expr_or(m, e->run.timeout, T_DURATION, 30 * NS_PER_S);
	if (e->run.input) {
		emit_expr(m, e->run.input);
		flags |= RUN_INPUT;
	}
	if (m->observes) flags |= RUN_OBSERVE;
	if (e->run.attempt || e->run.exit_compared) flags |= RUN_TRY;
	mark_place(m, e->span);
	PUT(m->r, RUN, flags);
}

static uint32_t method_of(struct str word)
{
	static const char *const words[HTTP_METHODS] = { "get", "head", "post", "put", "delete" };
	uint32_t i = 0;
	while (i < HTTP_METHODS - 1 && !str_eq(word, str_of(words[i]))) i++;
	return i;
}

static void emit_status_below_400(struct emitter *m)
{
	PUT(m->r, LOCAL, m->response);
	PUT(m->r, FIELD, FIELD_response_status);
	emit_number(m, T_INT, 400);
	PUT(m->r, LT);
}

static void emit_ok(struct emitter *m)
{
	PUT(m->r, LOCAL, m->response);
	PUT(m->r, FIELD, FIELD_response_ok);
}

static void emit_http(struct emitter *m, const struct expr *e)
{
	uint32_t outer = m->response;
	emit_expr(m, e->http.url);
	emit_expr_or(m, e->http.timeout, T_DURATION, 5 * NS_PER_S);
	if (e->http.body) emit_expr(m, e->http.body);
	mark_place(m, e->span);
	PUT(m->r, HTTP, method_of(e->http.method.text), e->http.body != NULL);
	m->response = routine_local(m->r, TYPE(T_RESPONSE));
	PUT(m->r, SET, m->response);
	uint32_t end = routine_label(m->r);
	emit_ok(m);
	PUT(m->r, AND, end);
	if (e->http.expect) emit_expr(m, e->http.expect);
	else emit_status_below_400(m);
	PUT(m->r, KAND);
	routine_bind(m->r, end);
	m->response = outer;
}

static void emit_tcp(struct emitter *m, const struct expr *e)
{
	emit_expr(m, e->tcp.address);
	emit_expr_or(m, e->tcp.timeout, T_DURATION, 5 * NS_PER_S);
	mark_place(m, e->span);
	PUT(m->r, TCP);
}

static void emit_probe_read(struct emitter *m, const struct expr *e)
{
	emit_expr_or(m, e->probe.hold, T_DURATION, 0);
	uint32_t probe = e->probe.symbol->index;
	if (e->probe.healthy) PUT(m->r, PROBE, probe, 0, 0, 0);
	else PUT(m->r, PROBE, probe, 1, (uint32_t)e->probe.fails, (uint32_t)e->probe.of);
}

/* ---- all of them --------------------------------------------------------------------------------------------------- */

void emit_expr(struct emitter *m, const struct expr *e)
{
	switch (e->kind) {
	case E_BOOL:
		if (e->boolean) PUT(m->r, TRUE);
		else PUT(m->r, FALSE);
		break;
	case E_INT: emit_number(m, T_INT, e->integer); break;
	case E_FLOAT: emit_number(m, T_FLOAT, float_bits(e->real)); break;
	case E_DURATION: emit_number(m, T_DURATION, e->integer); break;
	case E_SIZE: emit_number(m, T_SIZE, e->integer); break;
	case E_PERCENT: emit_number(m, T_PERCENT, e->integer); break;
	case E_STRING: emit_template(m, e->string, false); break;
	case E_LIST: emit_list(m, &e->list.elements); break;
	case E_NAME: emit_name(m, e->name.symbol); break;
	case E_HERE: PUT(m->r, HERE); break;
	case E_RUNNER: PUT(m->r, RUNNER); break;
	case E_FIELD: emit_field(m, e); break;
	case E_CALL: emit_call(m, e); break;
	case E_UNARY: emit_unary(m, e); break;
	case E_BINARY: emit_binary(m, e); break;
	case E_COMPREHENSION: emit_comprehension(m, e); break;
	case E_RUN: emit_run(m, e); break;
	case E_HTTP: emit_http(m, e); break;
	case E_TCP: emit_tcp(m, e); break;
	case E_PROBE: emit_probe_read(m, e); break;
	case E_ERROR:
	case E_KINDS: break;
	}
}
