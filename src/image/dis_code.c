#include <inttypes.h>
#include <string.h>

#include "dis.h"
#include "irs/shell_quote.h"

/* ---- values as text ------------------------------------------------------------------------------------------ */

static void put_escaped(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n') buf_puts(b, "\\n");
		else if (s.p[i] == '\t') buf_puts(b, "\\t");
		else if (s.p[i] == '"' || s.p[i] == '\\') buf_printf(b, "\\%c", s.p[i]);
		else buf_putc(b, s.p[i]);
	}
}

/* At most so many bytes of it, whole characters. */
static struct str shortened(struct str s, size_t bytes)
{
	if (s.n <= bytes) return s;
	s.n = bytes;
	while (s.n && utf8_valid(s.p, s.n) != s.n) s.n--;
	return s;
}

void dis_quoted(struct dis *d, struct str s, size_t columns)
{
	struct str shown = shortened(s, columns);
	struct buf escaped = { 0 };
	put_escaped(&escaped, shown);
	buf_putc(d->out, '"');
	buf_safe(d->out, buf_view(&escaped));
	buf_putc(d->out, '"');
	if (shown.n < s.n) buf_printf(d->out, "… (%zu bytes)", s.n);
	buf_free(&escaped);
}

void dis_constant(struct dis *d, uint32_t constant)
{
	const struct image_constant *k = &d->img->constant[constant];
	double real;
	switch (k->type.base) {
	case T_BOOL: buf_puts(d->out, k->bits ? "true" : "false"); break;
	case T_INT: buf_printf(d->out, "%" PRId64, k->bits); break;
	case T_DURATION: literal_put_duration(d->out, k->bits); break;
	case T_SIZE: literal_put_size(d->out, k->bits); break;
	case T_PERCENT: literal_put_percent(d->out, k->bits); break;
	case T_STRING: dis_quoted(d, image_str(d->img, (uint32_t)k->bits), DIS_OPERAND); break;
	default:
		memcpy(&real, &k->bits, sizeof real);
		literal_put_float(d->out, real);
	}
}

void dis_function(struct dis *d, uint32_t fn)
{
	buf_putc(d->out, '[');
	buf_safe(d->out, image_str(d->img, d->img->function[fn].name));
	buf_putc(d->out, ']');
}

/* ---- fields ---------------------------------------------------------------------------------------------------- */

void dis_heading(struct dis *d, const char *what, size_t i, uint32_t name, uint32_t title)
{
	buf_printf(d->out, "\n%s %zu:", what, i);
	if (name != IMAGE_NONE) {
		buf_putc(d->out, ' ');
		buf_safe(d->out, image_str(d->img, name));
	}
	if (title != IMAGE_NONE) {
		buf_putc(d->out, ' ');
		dis_quoted(d, image_str(d->img, title), DIS_TEXT);
	}
	buf_putc(d->out, '\n');
}

void dis_name(struct dis *d, const char *name) { buf_printf(d->out, "    %-16s  ", name); }

void dis_field(struct dis *d, const char *name, const char *fmt, ...)
{
	struct buf value = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&value, fmt, ap);
	va_end(ap);
	dis_name(d, name);
	buf_safe(d->out, buf_view(&value));
	buf_putc(d->out, '\n');
	buf_free(&value);
}

void dis_text_field(struct dis *d, const char *name, uint32_t string)
{
	dis_name(d, name);
	dis_quoted(d, image_str(d->img, string), DIS_TEXT);
	buf_putc(d->out, '\n');
}

void dis_function_field(struct dis *d, const char *name, uint32_t fn)
{
	if (fn == IMAGE_NONE) return;
	dis_name(d, name);
	dis_function(d, fn);
	buf_putc(d->out, '\n');
}

void dis_duration_field(struct dis *d, const char *name, int64_t ns)
{
	dis_name(d, name);
	if (ns == INT64_MAX) buf_puts(d->out, "unbounded");
	else literal_put_duration(d->out, ns);
	buf_putc(d->out, '\n');
}

/* ---- operands ---------------------------------------------------------------------------------------------------- */

static void put_local(struct dis *d, const struct image_function *f, uint32_t i)
{
	buf_printf(d->out, "%u: ", (unsigned)i);
	type_put(d->out, d->img->type[f->types + i]);
}

static void put_field_name(struct dis *d, uint32_t i)
{
	static const char *const names[] = {
#define FIELD(id, name, base, result, lists, doc) name,
#include "irs/tbl/field.def"
#undef FIELD
	};
	buf_printf(d->out, ".%s", names[i]);
}

static void put_builtin(struct dis *d, uint32_t i)
{
	static const char *const names[] = {
#define BUILTIN(id, name, signature, effect, doc) name " (" signature ")",
#include "irs/tbl/builtin.def"
#undef BUILTIN
	};
	buf_puts(d->out, names[i]);
}

static void put_run_flags(struct dis *d, uint32_t flags)
{
	static const char *const names[] = { "argv", "on", "input", "observe", "try" };
	const char *space = "";
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		if (!(flags >> i & 1)) continue;
		buf_printf(d->out, "%s%s", space, names[i]);
		space = " ";
	}
}

static void put_context(struct dis *d, uint32_t context)
{
	static const char *const names[HOLE_CONTEXTS] = {
		[HOLE_TEXT] = "text",		  [HOLE_BARE] = "bare",
		[HOLE_BARE_START] = "bare, at the start", [HOLE_SINGLE] = "in '…'",
		[HOLE_DOUBLE] = "in \"…\"",	  [HOLE_DOUBLE_START] = "in \"…\", at the start",
		[HOLE_SINGLE_START] = "in '…', at the start", [HOLE_ARITHMETIC] = "in $((…))",
		[HOLE_WORDS] = "words",		  [HOLE_WORDS_START] = "words, at the start",
		[HOLE_RAW] = "raw",
	};
	buf_puts(d->out, names[context]);
}

static void put_probe_operand(struct dis *d, const struct instruction *i)
{
	buf_safe(d->out, image_str(d->img, d->img->probe[i->a].name));
	if (i->b) buf_printf(d->out, " fails %u of %u", (unsigned)i->c, (unsigned)i->d);
	else buf_puts(d->out, " healthy");
}

static void put_operands(struct dis *d, const struct image_function *f, const struct instruction *i)
{
	static const char *const methods[HTTP_METHODS] = { "GET", "HEAD", "POST", "PUT", "DELETE" };
	switch (opcode_table[i->op].shape) {
	case SHAPE_U8: put_context(d, i->a); break;
	case SHAPE_N16: buf_printf(d->out, "%u", (unsigned)i->a); break;
	case SHAPE_CONST: dis_constant(d, i->a); break;
	case SHAPE_LOCAL: put_local(d, f, i->a); break;
	case SHAPE_GLOBAL: buf_safe(d->out, image_str(d->img, d->img->global[i->a].name)); break;
	case SHAPE_FIELD: put_field_name(d, i->a); break;
	case SHAPE_BUILTIN: put_builtin(d, i->a); break;
	case SHAPE_FN: dis_function(d, i->a); break;
	case SHAPE_TYPE: type_put(d->out, (struct type){ (uint8_t)(i->a & 0xff), (uint8_t)(i->a >> 8) }); break;
	case SHAPE_JUMP: buf_printf(d->out, "-> %u", (unsigned)i->a); break;
	case SHAPE_FORK:
		buf_printf(d->out, "-> %u", (unsigned)i->a);
		if (i->b != IMAGE_NONE) buf_printf(d->out, ", join %u", (unsigned)i->b);
		break;
	case SHAPE_CATCH: buf_printf(d->out, "%s -> %u", i->b == CATCH_ANY ? "any" : "unknown", (unsigned)i->a); break;
	case SHAPE_PROBE: put_probe_operand(d, i); break;
	case SHAPE_RUN: put_run_flags(d, i->a); break;
	case SHAPE_HTTP: buf_printf(d->out, "%s%s", methods[i->a], i->b ? " with a body" : ""); break;
	case SHAPE_NONE: case SHAPES: break;
	}
}

/* ---- code ---------------------------------------------------------------------------------------------------------- */

static void put_head(struct dis *d, uint32_t fn)
{
	static const char *const roles[ROLES] = {
#define ROLE(name, params, result, effects, doc) #name,
#include "irs/tbl/role.def"
#undef ROLE
	};
	const struct image_function *f = &d->img->function[fn];
	buf_printf(d->out, "\nfunction %u ", (unsigned)fn);
	dis_function(d, fn);
	buf_puts(d->out, " (");
	for (uint32_t i = 0; i < f->nparams; i++) {
		if (i) buf_puts(d->out, ", ");
		type_put(d->out, d->img->type[f->types + i]);
	}
	buf_putc(d->out, ')');
	if (!type_is(f->result, T_NONE)) {
		buf_puts(d->out, " -> ");
		type_put(d->out, f->result);
	}
	buf_printf(d->out, "\n    %s, %s, %u local%s, stack %u, %u bytes", roles[f->role], f->level ? "secret" : "public",
		(unsigned)(f->ntypes - f->nparams), f->ntypes - f->nparams == 1 ? "" : "s", (unsigned)f->max_stack, (unsigned)f->code_len);
	if (f->file != IMAGE_NONE) {
		buf_puts(d->out, ", ");
		buf_safe(d->out, image_str(d->img, f->file));
	}
	buf_putc(d->out, '\n');
}

static void put_source_line(struct dis *d, const struct image_function *f, uint32_t number)
{
	struct str text = { 0 };
	if (d->source && f->file != IMAGE_NONE) text = d->source(d->ctx, image_str(d->img, f->file), number);
	buf_printf(d->out, "  %5u |", (unsigned)number);
	if (text.p && str_trim(text).n) {
		buf_putc(d->out, ' ');
		while (text.p[text.n - 1] == '\r' || text.p[text.n - 1] == ' ') text.n--;
		struct str shown = shortened(text, DIS_LINE);
		buf_safe(d->out, shown);
		if (shown.n < text.n) buf_puts(d->out, "…");
	}
	buf_putc(d->out, '\n');
}

/* Line records come in the order of functions and their code. */
static void put_lines_at(struct dis *d, uint32_t fn, uint32_t pc, uint32_t *shown)
{
	const struct image *img = d->img;
	for (; d->line < img->nline && img->line[d->line].function <= fn; d->line++) {
		const struct image_line *l = &img->line[d->line];
		if (l->function == fn && l->pc > pc) return;
		if (l->function != fn || l->line == *shown) continue;
		put_source_line(d, &img->function[fn], l->line);
		*shown = l->line;
	}
}

static void put_instruction(struct dis *d, const struct image_function *f, uint32_t pc, const struct instruction *i)
{
	struct buf operands = { 0 }, *out = d->out;
	d->out = &operands;
	put_operands(d, f, i);
	d->out = out;
	if (operands.n) buf_printf(out, "    %5u  %-12s  %s\n", (unsigned)pc, opcode_table[i->op].name, operands.p);
	else buf_printf(out, "    %5u  %s\n", (unsigned)pc, opcode_table[i->op].name);
	buf_free(&operands);
}

void dis_code(struct dis *d, uint32_t fn)
{
	const struct image_function *f = &d->img->function[fn];
	struct instruction i;
	uint32_t shown = 0;
	put_head(d, fn);
	for (uint32_t pc = 0; image_instruction(d->img->code + f->code, f->code_len, pc, &i); pc += i.size) {
		put_lines_at(d, fn, pc, &shown);
		put_instruction(d, f, pc, &i);
	}
}
