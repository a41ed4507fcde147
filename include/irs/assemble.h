/*
 * assemble: makes an image record by record and instruction by instruction.
 * The emitter uses it, and tests that need an image of their own.  It interns
 * strings and constants, resolves labels, leaves out code that nothing
 * reaches, and works out at the end what no one should count by hand: the
 * depth of each stack and the capabilities.  It checks nothing: that is the
 * verifier's work, also for images that this compiler made.
 */
#ifndef IRS_ASSEMBLE_H
#define IRS_ASSEMBLE_H

#include "irs/image.h"

struct assembly;
struct routine; /* a function under construction */

struct assembly *assembly_new(struct arena *a);

/* The index of a string, and of a constant of that level (0 public, 1 secret); equal ones are one. */
uint32_t assembly_string(struct assembly *as, struct str s);
uint32_t assembly_constant(struct assembly *as, struct type t, uint32_t level, int64_t bits);
uint32_t assembly_text(struct assembly *as, uint32_t level, struct str s); /* a constant of type string */
int64_t float_bits(double v);

/* Adds a record; returns its index. Not for functions, lines and capabilities: those come from routines and from assembly_finish. */
#define SECTION(id, name, fields)                                                          \
	uint32_t assembly_add_##name(struct assembly *as, struct image_##name record);         \
	uint32_t assembly_count_##name(const struct assembly *as); /* the next one's index */
#include "irs/tbl/image.def"
#undef SECTION

/* A new function with nothing in it; its index can be called at once, its code be written at any time. */
uint32_t assembly_function(struct assembly *as, struct str name, enum fn_role role, uint32_t level);
struct routine *assembly_routine(struct assembly *as, uint32_t function);

void routine_file(struct routine *r, struct str path);
void routine_result(struct routine *r, struct type t);
/* A further parameter (all of them before the first local), a further local: the slot. */
uint32_t routine_param(struct routine *r, struct type t);
uint32_t routine_local(struct routine *r, struct type t);
/* What follows comes from this place in the source. */
void routine_place(struct routine *r, uint32_t line, uint32_t column);

/* An instruction. Targets and joins are labels (`a` of a JUMP, FORK, CATCH; `b` of a FORK). Code that can't be reached is left out. */
void routine_put(struct routine *r, struct instruction i);
#define PUT(r, opcode, ...) routine_put((r), (struct instruction){ .op = OP_##opcode, __VA_ARGS__ })
uint32_t routine_label(struct routine *r);
/* The label is here. */
void routine_bind(struct routine *r, uint32_t label);
/* Whether what is put next could be reached. */
bool routine_reachable(const struct routine *r);

/* The image, in the assembly's arena; call it once. False with `e` where the code breaks a rule: then `out` is filled nevertheless, with the
 * deepest stacks and no capabilities, so that tests can look at wrong images. */
bool assembly_finish(struct assembly *as, struct image *out, struct err *e);

#endif
