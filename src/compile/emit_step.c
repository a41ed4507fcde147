/* emit_step: steps and faults as frames. */
#include "emit_private.h"

#include "irs/span.h"

typedef VEC(struct symbol *) captures_t;

/* ---- captures -------------------------------------------------------------------------------------------- */

static captures_t lets_of(struct emitter *m, const items_t *items)
{
	captures_t lets = { 0 };
	for (size_t i = 0; i < items->n; i++)
		if (items->at[i]->kind == I_LET) vec_push(m->a, &lets, items->at[i]->symbol);
	return lets;
}

/* What the blocks of a fault take: its parameters, then its lets. */
static captures_t captures_of_fault(struct emitter *m, const struct item *fault)
{
	captures_t all = { 0 }, lets = lets_of(m, &fault->fault.items);
	for (size_t i = 0; i < fault->fault.params.n; i++) vec_push(m->a, &all, fault->fault.params.at[i].symbol);
	for (size_t i = 0; i < lets.n; i++) vec_push(m->a, &all, lets.at[i]);
	return all;
}

static void take_captures(struct emitter *m, const captures_t *captures)
{
	for (size_t i = 0; i < captures->n; i++) captures->at[i]->index = routine_param(m->r, captures->at[i]->type);
}

static void emit_lets(struct emitter *m, const items_t *items)
{
	for (size_t i = 0; i < items->n; i++) {
		const struct item *item = items->at[i];
		if (item->kind != I_LET) continue;
		mark_place(m, item->span);
		emit_expr(m, item->let.value);
		emit_let(m, item->symbol, item->symbol->type);
	}
}

static void end_capture(struct emitter *m, const captures_t *captures)
{
	for (size_t i = 0; i < captures->n; i++) PUT(m->r, LOCAL, captures->at[i]->index);
	PUT(m->r, CAPTURE, (uint32_t)captures->n);
}

/* ---- blocks ------------------------------------------------------------------------------------------------ */

struct owner { /* the step or fault whose blocks are written */
	struct str name; /* "step freeze", "fault net.loss" */
	const captures_t *captures;
};

static uint32_t emit_part(struct emitter *m, const struct owner *o, const char *what, enum fn_role role, const struct block *b)
{
	uint32_t fn = fn_begin(m, fn_name(m, "%.*s/%s", STR_ARG(o->name), what), role, LEVEL_SECRET, b->span.file);
	take_captures(m, o->captures);
	emit_block(m, b);
	fn_end(m);
	return fn;
}

static struct image_need need_of(struct emitter *m, const struct item *item)
{
	static const uint8_t kinds[] = { [NEED_ROOT] = IMAGE_NEED_ROOT, [NEED_TOOL] = IMAGE_NEED_TOOL, [NEED_KERNEL_MODULE] = IMAGE_NEED_KERNEL_MODULE };
	return (struct image_need){ kinds[item->needs.kind], fixed_text(m, item->needs.text) };
}

static void emit_restore(struct emitter *m, const struct owner *o, struct blocks *b, const struct item *item)
{
	b->because = fixed_text(m, item->restore.because);
	b->restore_block = item->restore.body;
	if (!item->restore.body) return;
	b->renderable = restore_renderable(m->p, item->restore.body, NULL, NULL);
	b->restore = emit_part(m, o, "restore", ROLE_RESTORE, item->restore.body);
}

static void emit_blocks(struct emitter *m, const struct owner *o, const items_t *items, struct blocks *b)
{
	b->induce = b->restore = b->because = IMAGE_NONE;
	for (size_t i = 0; i < items->n; i++) {
		const struct item *item = items->at[i];
		switch (item->kind) {
		case I_INDUCE:
			b->induce_block = item->body.body;
			b->induce = emit_part(m, o, "induce", ROLE_INDUCE, item->body.body);
			break;
		case I_VERIFY:
			vec_push(m->a, &b->verify_blocks, item->body.body);
			vec_push(m->a, &b->verify, emit_part(m, o, "verify", ROLE_VERIFY, item->body.body));
			break;
		case I_SUPERSEDED:
			vec_push(m->a, &b->superseded, emit_part(m, o, "superseded", ROLE_SUPERSEDED, item->body.body));
			break;
		case I_RESTORE: emit_restore(m, o, b, item); break;
		case I_NEEDS: vec_push(m->a, &b->needs, need_of(m, item)); break;
		default: break;
		}
	}
}

static struct str fault_name(struct emitter *m, const struct symbol *fault)
{
	bool own = !fault->module || fault->module->name.n == 0;
	if (own) return fn_name(m, "%.*s", STR_ARG(fault->name));
	return fn_name(m, "%.*s.%.*s", STR_ARG(fault->module->name), STR_ARG(fault->name));
}

/* Once for all frames that use it. */
static const struct blocks *blocks_of_fault(struct emitter *m, struct symbol *fault)
{
	if (fault->index) return m->faults.at[fault->index - 1];
	captures_t captures = captures_of_fault(m, fault->item);
	struct owner o = { fn_name(m, "fault %.*s", STR_ARG(fault_name(m, fault))), &captures };
	struct blocks *b = arena_new_of(m->a, struct blocks);
	vec_push(m->a, &m->faults, b);
	fault->index = (unsigned)m->faults.n;
	emit_blocks(m, &o, &fault->item->fault.items, b);
	return b;
}

/* ---- frames --------------------------------------------------------------------------------------------------- */

struct frames { /* of a step, before they become records */
	VEC(struct image_frame) record;
	VEC(const struct blocks *) blocks;
	int64_t induce, verify, restore; /* longest times */
	bool renderable, restorable;     /* all restores can be rendered; there is one */
};

struct retry {
	uint32_t group, times;
	int64_t every;
};

/* Each attempt of a retry but the last is undone before the next one. */
static void add_times(struct emitter *m, struct frames *f, const struct blocks *b, struct image_frame r, const struct expr *call)
{
	int64_t again = r.retry_group ? (int64_t)r.retry_times - 1 : 0;
	int64_t restore = b->restore_block ? longest_time(m->p, b->restore_block, call) : 0;
	f->induce = time_add(f->induce, time_times(longest_time(m->p, b->induce_block, call), again + 1));
	f->induce = time_add(f->induce, time_times(time_add(restore, r.retry_every), again));
	f->restore = time_add(f->restore, restore);
	for (size_t i = 0; i < b->verify_blocks.n; i++) f->verify = time_add(f->verify, longest_time(m->p, b->verify_blocks.at[i], call));
}

static void add_frame(struct emitter *m, struct frames *f, const struct blocks *b, struct image_frame record, const struct expr *call)
{
	record.induce = b->induce;
	record.restore = b->restore;
	record.because = b->because;
	record.renderable = b->renderable;
	f->renderable &= b->renderable || b->restore == IMAGE_NONE;
	f->restorable |= b->restore != IMAGE_NONE;
	vec_push(m->a, &f->record, record);
	vec_push(m->a, &f->blocks, b);
	add_times(m, f, b, record, call);
}

/* The captures of a fault's frame: the step's come in, the arguments and the fault's lets go out. */
static uint32_t emit_frame_capture(struct emitter *m, struct str name, const captures_t *of_step, const struct expr *call)
{
	const struct item *fault = call->call.symbol->item;
	captures_t captures = captures_of_fault(m, fault);
	if (captures.n == 0 && of_step->n == 0) return IMAGE_NONE;
	uint32_t fn = fn_begin(m, name, ROLE_CAPTURE, LEVEL_SECRET, call->span.file);
	take_captures(m, of_step);
	mark_place(m, call->span);
	for (size_t i = 0; i < fault->fault.params.n; i++) {
		struct param *p = &fault->fault.params.at[i];
		emit_expr(m, call->call.resolved.at[i]);
		p->symbol->index = routine_local(m->r, p->type);
		PUT(m->r, SET, p->symbol->index);
	}
	emit_lets(m, &fault->fault.items);
	end_capture(m, &captures);
	return fn;
}

static void add_fault(struct emitter *m, struct frames *f, struct str step, const captures_t *of_step, const struct expr *call, struct retry retry)
{
	struct str fault = fault_name(m, call->call.symbol);
	struct str name = fn_name(m, "%.*s/%u %.*s", STR_ARG(step), (unsigned)f->record.n + 1, STR_ARG(fault));
	struct image_frame record = { .retry_group = retry.group, .retry_times = retry.times, .retry_every = retry.every };
	record.fault = assembly_string(m->as, fault);
	const struct blocks *b = blocks_of_fault(m, call->call.symbol);
	record.capture = emit_frame_capture(m, name, of_step, call);
	add_frame(m, f, b, record, call);
}

static void add_retry(struct emitter *m, struct frames *f, struct str step, const captures_t *of_step, const struct stmt *s, uint32_t group)
{
	struct retry retry = { group, (uint32_t)constant_or(s->retry.times, 1), constant_or(s->retry.every, NS_PER_S) };
	for (size_t i = 0; i < s->retry.body->stmts.n; i++) {
		const struct stmt *inner = s->retry.body->stmts.at[i];
		if (inner->kind == S_DO) add_fault(m, f, step, of_step, inner->call, retry);
	}
}

static void add_faults(struct emitter *m, struct frames *f, struct str step, const captures_t *of_step, const items_t *items)
{
	uint32_t groups = 0;
	for (size_t i = 0; i < items->n; i++) {
		const struct item *item = items->at[i];
		if (item->kind != I_DO) continue;
		if (item->stmt->kind == S_DO) add_fault(m, f, step, of_step, item->stmt->call, (struct retry){ 0 });
		else if (item->stmt->kind == S_RETRY) add_retry(m, f, step, of_step, item->stmt, ++groups);
	}
}

/* ---- records -------------------------------------------------------------------------------------------------- */

static uint32_t add_refs(struct emitter *m, const uint32_t *fns, size_t n)
{
	uint32_t first = assembly_count_function_ref(m->as);
	for (size_t i = 0; i < n; i++) assembly_add_function_ref(m->as, (struct image_function_ref){ fns[i] });
	return first;
}

static struct image_failsafe {
	uint32_t kind;
	int64_t silent, latest;
} failsafe_of(const struct emitter *m, const items_t *items, const struct frames *f)
{
	const struct item *said = NULL;
	for (size_t i = 0; i < items->n; i++)
		if (items->at[i]->kind == I_FAILSAFE) said = items->at[i];
	if (said && !said->failsafe.none && f->renderable)
		return (struct image_failsafe){ FAILSAFE_SAID, constant_or(said->failsafe.silent, -1), constant_or(said->failsafe.latest, -1) };
	if (said || !f->renderable || !f->restorable) return (struct image_failsafe){ FAILSAFE_NONE, -1, -1 };
	int64_t hour = 3600 * NS_PER_S;
	return (struct image_failsafe){ FAILSAFE_DEFAULT, hour, m->lasts_high ? time_add(m->lasts_high, hour) : -1 };
}

static uint32_t add_needs(struct emitter *m, const struct blocks *of_step, const struct blocks *of_frame)
{
	uint32_t first = assembly_count_need(m->as);
	for (size_t i = 0; i < of_step->needs.n; i++) assembly_add_need(m->as, of_step->needs.at[i]);
	for (size_t i = 0; of_frame != of_step && i < of_frame->needs.n; i++) assembly_add_need(m->as, of_frame->needs.at[i]);
	return first;
}

/* Lists of functions and needs follow each other as the steps and frames do: the verifier wants them so. */
static uint32_t add_frames(struct emitter *m, const struct frames *f, const struct blocks *of_step)
{
	uint32_t first = assembly_count_frame(m->as);
	for (size_t i = 0; i < f->record.n; i++) {
		struct image_frame record = f->record.at[i];
		const struct blocks *b = f->blocks.at[i];
		record.verify = add_refs(m, b->verify.at, b->verify.n);
		record.nverify = (uint32_t)b->verify.n;
		size_t nsuperseded = b == of_step ? 0 : b->superseded.n; /* a step's own is the step's */
		record.superseded = add_refs(m, b->superseded.at, nsuperseded);
		record.nsuperseded = (uint32_t)nsuperseded;
		record.needs = add_needs(m, of_step, b);
		record.nneeds = assembly_count_need(m->as) - record.needs;
		assembly_add_frame(m->as, record);
	}
	return first;
}

static uint32_t emit_step_capture(struct emitter *m, struct str name, const items_t *items, const captures_t *captures, uint32_t file)
{
	if (captures->n == 0) return IMAGE_NONE;
	uint32_t fn = fn_begin(m, fn_name(m, "%.*s/let", STR_ARG(name)), ROLE_CAPTURE, LEVEL_SECRET, file);
	emit_lets(m, items);
	end_capture(m, captures);
	return fn;
}

static uint32_t step_when(const struct item *step)
{
	return step->step.when_mitigated ? STEP_MITIGATED : step->step.after ? STEP_AFTER : STEP_AT_START;
}

void emit_step(struct emitter *m, const struct item *step, unsigned number)
{
	const items_t *items = &step->step.items;
	struct str name = step->name.text.n ? fn_name(m, "step %.*s", STR_ARG(step->name.text)) : fn_name(m, "step %u", number);
	captures_t captures = lets_of(m, items);
	struct owner o = { name, &captures };
	struct blocks own = { 0 };
	struct frames f = { .renderable = true };
	struct image_step s = { .name = IMAGE_NONE, .title = fixed_text(m, step->title), .level = 1, .on = IMAGE_NONE };
	if (step->name.text.n) s.name = assembly_string(m->as, step->name.text);
	if (step->step.on) s.on = fn_of_expr(m, fn_name(m, "%.*s/on", STR_ARG(name)), ROLE_ON, LEVEL_SECRET, step->step.on);
	s.capture = emit_step_capture(m, name, items, &captures, step->span.file);
	emit_blocks(m, &o, items, &own);
	if (own.induce != IMAGE_NONE) add_frame(m, &f, &own, (struct image_frame){ .fault = IMAGE_NONE, .capture = IMAGE_NONE }, NULL);
	else add_faults(m, &f, name, &captures, items);
	s.superseded = add_refs(m, own.superseded.at, own.superseded.n);
	s.nsuperseded = (uint32_t)own.superseded.n;
	s.frames = add_frames(m, &f, &own);
	s.nframes = (uint32_t)f.record.n;
	struct image_fanout_record fanout = fanout_of(&step->step.fanout);
	s.fanout = fanout.fanout;
	s.limit = fanout.limit;
	s.when = step_when(step);
	s.after = constant_or(step->step.after, 0);
	s.unless_resolved = step->step.unless_resolved;
	struct image_failsafe failsafe = failsafe_of(m, items, &f);
	s.failsafe = failsafe.kind;
	s.silent = failsafe.silent;
	s.latest = failsafe.latest;
	int64_t batches = batches_of(m, step->step.on, &step->step.fanout);
	s.longest_induce = time_times(f.induce, batches);
	s.longest_verify = time_times(f.verify, batches);
	s.longest_restore = time_times(f.restore, batches);
	assembly_add_step(m->as, s);
}
