#include <stddef.h>

#include "bytes.h"
#include "irs/image.h"

enum { /* of an instruction of that shape, in bytes */
	SIZE_NONE = 1,
	SIZE_U8 = 2,
	SIZE_N16 = 3,
	SIZE_CONST = 5,
	SIZE_LOCAL = 3,
	SIZE_GLOBAL = 3,
	SIZE_FIELD = 2,
	SIZE_BUILTIN = 2,
	SIZE_FN = 5,
	SIZE_TYPE = 3,
	SIZE_JUMP = 5,
	SIZE_FORK = 9,
	SIZE_CATCH = 6,
	SIZE_PROBE = 8,
	SIZE_RUN = 2,
	SIZE_HTTP = 3
};

const struct opcode_info opcode_table[OPCODES] = {
#define OP(name, shape, effect, signature, doc) { #name, SHAPE_##shape, SIZE_##shape, signature, doc },
#include "irs/tbl/opcode.def"
#undef OP
};

static void read_operands(const uint8_t *p, enum operand_shape shape, struct instruction *i)
{
	switch (shape) {
	case SHAPE_U8: case SHAPE_FIELD: case SHAPE_BUILTIN: case SHAPE_RUN:
		i->a = p[0];
		break;
	case SHAPE_N16: case SHAPE_LOCAL: case SHAPE_GLOBAL: case SHAPE_TYPE:
		i->a = get_u16(p);
		break;
	case SHAPE_CONST: case SHAPE_FN: case SHAPE_JUMP:
		i->a = get_u32(p);
		break;
	case SHAPE_FORK:
		i->a = get_u32(p), i->b = get_u32(p + 4);
		break;
	case SHAPE_CATCH:
		i->b = p[0], i->a = get_u32(p + 1);
		break;
	case SHAPE_PROBE:
		i->a = get_u16(p), i->b = p[2], i->c = get_u16(p + 3), i->d = get_u16(p + 5);
		break;
	case SHAPE_HTTP:
		i->a = p[0], i->b = p[1];
		break;
	case SHAPE_NONE: case SHAPES:
		break;
	}
}

bool image_instruction(const uint8_t *code, uint32_t n, uint32_t pc, struct instruction *out)
{
	if (pc >= n || code[pc] >= OPCODES) return false;
	const struct opcode_info *info = &opcode_table[code[pc]];
	if (n - pc < info->size) return false;
	*out = (struct instruction){ .op = (enum opcode)code[pc], .size = info->size };
	read_operands(code + pc + 1, info->shape, out);
	return true;
}

bool arith_result(enum opcode op, struct type left, struct type right, struct type *out)
{
	static const struct {
		uint8_t op, left, right, result;
	} rows[] = {
#define ARITH(op, left, right, result) { OP_##op, T_##left, T_##right, T_##result },
#include "irs/tbl/arith.def"
#undef ARITH
	};
	if (op == OP_ADD && left.lists && right.lists && (type_fits(left, right) || type_fits(right, left))) {
		*out = type_fits(left, right) ? right : left;
		return true;
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].op != op || !type_is(left, rows[i].left) || !type_is(right, rows[i].right)) continue;
		*out = TYPE(rows[i].result);
		return true;
	}
	return false;
}
