#include "irsc_dis_tables.h"

#include "irs/image.h"

/* A cell of a table; `|` would end it, `<` begin a tag. */
static void put_cell(struct buf *b, const char *text)
{
	buf_puts(b, "| ");
	for (; *text; text++) {
		if (*text == '|') buf_putc(b, '\\');
		if (*text == '<') buf_puts(b, "&lt;");
		else buf_putc(b, *text);
	}
	buf_putc(b, ' ');
}

static void put_code(struct buf *b, const char *text)
{
	if (*text) buf_printf(b, "| `%s` ", text);
	else buf_puts(b, "| ");
}

static void put_sections(struct buf *b)
{
	buf_puts(b, "\n## Record sections\n\n| id | records | fields, in their order |\n|---|---|---|\n");
#define F(name, kind) "`" #name "` " #kind ", "
#define SECTION(id, name, fields)                                        \
	{                                                                    \
		const char *text = "" fields;                                    \
		buf_printf(b, "| %d | %s | %.*s |\n", id, #name, (int)strlen(text) - 2, text); \
	}
#include "irs/tbl/image.def"
#undef SECTION
#undef F
}

static void put_roles(struct buf *b)
{
	buf_puts(b, "\n## Roles\n\n| role | what it is |\n|---|---|\n");
#define ROLE(name, params, result, effects, doc) \
	put_code(b, #name);                          \
	put_cell(b, doc);                            \
	buf_puts(b, "|\n");
#include "irs/tbl/role.def"
#undef ROLE
}

static void put_opcodes(struct buf *b)
{
	buf_puts(b, "\n## Opcodes\n\n| | opcode | operands | bytes | stops for | before -> after: meaning |\n|---|---|---|---|---|---|\n");
	static const char *const shapes[] = {
#define OP(name, shape, effect, signature, doc) #shape,
#include "irs/tbl/opcode.def"
#undef OP
	};
	static const char *const effects[] = {
#define OP(name, shape, effect, signature, doc) #effect,
#include "irs/tbl/opcode.def"
#undef OP
	};
	for (unsigned i = 0; i < OPCODES; i++) {
		buf_printf(b, "| %u ", i);
		put_code(b, opcode_table[i].name);
		put_cell(b, strcmp(shapes[i], "NONE") == 0 ? "" : shapes[i]);
		buf_printf(b, "| %u ", opcode_table[i].size);
		put_cell(b, strcmp(effects[i], "NONE") == 0 ? "" : effects[i]);
		put_cell(b, opcode_table[i].doc);
		buf_puts(b, "|\n");
	}
}

static void put_builtins(struct buf *b)
{
	buf_puts(b, "\n## Builtins and fields\n\n| | name | signature | |\n|---|---|---|---|\n");
	unsigned i = 0;
#define BUILTIN(id, name, signature, effect, doc) \
	buf_printf(b, "| %u ", i++);                  \
	put_code(b, name);                            \
	put_code(b, signature);                       \
	put_cell(b, doc);                             \
	buf_puts(b, "|\n");
#include "irs/tbl/builtin.def"
#undef BUILTIN
	buf_puts(b, "\n| | field | of | |\n|---|---|---|---|\n");
	i = 0;
#define FIELD(id, name, base, result, lists, doc) \
	buf_printf(b, "| %u ", i++);                  \
	put_code(b, "." name);                        \
	put_cell(b, #base);                           \
	put_cell(b, doc);                             \
	buf_puts(b, "|\n");
#include "irs/tbl/field.def"
#undef FIELD
}

static void put_arithmetic(struct buf *b)
{
	buf_puts(b, "\n## Arithmetic\n\n| opcode | left | right | result |\n|---|---|---|---|\n");
#define ARITH(op, left, right, result) buf_puts(b, "| `" #op "` | " #left " | " #right " | " #result " |\n");
#include "irs/tbl/arith.def"
#undef ARITH
}

static void put_rules(struct buf *b)
{
	buf_puts(b, "\n## What is demanded of an image\n\n| rule | what is said where it is broken |\n|---|---|\n");
#define RULE(id, text) buf_puts(b, "| `" #id "` | " text " |\n");
#include "irs/tbl/verify.def"
#undef RULE
}

void image_tables(struct buf *out)
{
	put_sections(out);
	put_roles(out);
	put_opcodes(out);
	put_builtins(out);
	put_arithmetic(out);
	put_rules(out);
}
