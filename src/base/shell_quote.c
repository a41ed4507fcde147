#include "irs/shell_quote.h"

static bool is_start(enum hole_context c)
{
	return c == HOLE_BARE_START || c == HOLE_SINGLE_START || c == HOLE_DOUBLE_START || c == HOLE_WORDS_START;
}

static bool is_decimal(struct str s)
{
	size_t i = s.n && s.p[0] == '-';
	if (i == s.n || s.n > 20) return false;
	for (; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9') return false;
	return true;
}

/* `x-#{n}` with a negative n would be `x--5`: hence the parentheses. The smallest int has no positive counterpart that a shell could negate. */
static void put_arithmetic(struct buf *out, struct str value)
{
	if (str_eq(value, STR("-9223372036854775808"))) value = STR("-9223372036854775807-1");
	buf_putc(out, '(');
	buf_str(out, value);
	buf_putc(out, ')');
}

/* Between single quotes that are open already. */
static void put_single(struct buf *out, struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\'') buf_puts(out, "'\\''");
		else buf_putc(out, value.p[i]);
	}
}

static const char *objection(enum hole_context context, struct str value)
{
	if (context == HOLE_TEXT) return NULL;
	if (value.n && memchr(value.p, 0, value.n)) return "it holds a NUL byte, which no command can carry";
	if (is_start(context) && value.n && value.p[0] == '-')
		return "it begins with `-` and would be taken for an option: write `--` before it";
	if (context == HOLE_ARITHMETIC && !is_decimal(value)) return "it stands in arithmetic and is no int";
	return NULL;
}

bool shell_quote(struct buf *out, enum hole_context context, struct str value, const char **why)
{
	const char *no = objection(context, value);
	if (no) {
		*why = no;
		return false;
	}
	switch (context) {
	case HOLE_BARE: case HOLE_BARE_START: case HOLE_WORDS: case HOLE_WORDS_START:
		buf_shell_quoted(out, value);
		return true;
	case HOLE_SINGLE: case HOLE_SINGLE_START:
		put_single(out, value);
		return true;
	case HOLE_DOUBLE: case HOLE_DOUBLE_START:
		buf_putc(out, '"');
		buf_shell_quoted(out, value);
		buf_putc(out, '"');
		return true;
	case HOLE_ARITHMETIC:
		put_arithmetic(out, value);
		return true;
	case HOLE_TEXT: case HOLE_RAW: case HOLE_CONTEXTS:
		buf_str(out, value);
		return true;
	}
	return true;
}
