/* Steps of a plan: where, what is induced, how it is verified and undone, and what stays to be seen. */
#include <string.h>

#include "irs/literal.h"
#include "planner.h"

static const char *when_text(struct planner *p, const struct image_step *s)
{
	struct buf b = { 0 };
	if (s->when == STEP_AT_START) buf_puts(&b, "at the start");
	else if (s->when == STEP_MITIGATED) buf_puts(&b, "when mitigated");
	else literal_put_duration(&b, s->after), buf_puts(&b, " after going live");
	if (s->unless_resolved) buf_puts(&b, ", unless resolved");
	const char *text = arena_strndup(p->a, b.p, b.n);
	buf_free(&b);
	return text;
}

static const char *need_text(struct planner *p, const struct image_need *n)
{
	const char *text = planner_text(p, n->text);
	if (n->kind == IMAGE_NEED_ROOT) return "root";
	if (n->kind == IMAGE_NEED_TOOL) return arena_printf(p->a, "the tool %s", text);
	return arena_printf(p->a, "the kernel module %s", text);
}

static void add_needs(struct planner *p, struct plan_step *step, const struct image_frame *f)
{
	for (uint32_t i = 0; i < f->nneeds; i++) {
		const char *text = need_text(p, &p->image->need[f->needs + i]);
		bool known = false;
		for (size_t k = 0; k < step->needs.n; k++) known = known || !strcmp(step->needs.at[k], text);
		if (!known) vec_push(p->a, &step->needs, text);
	}
}

/* What commands leave to be seen while the fault lasts, by a word in them. */
static const struct {
	const char *word, *shows;
} traces[] = {
	{ "mount", "a mount: /proc/self/mounts, findmnt" },
	{ "nft", "a table of nftables: nft list ruleset" },
	{ "iptables", "rules of iptables: iptables -S" },
	{ "tc", "a queueing discipline: tc qdisc show" },
	{ "systemd-run", "a transient unit: systemctl list-units" },
	{ "systemctl", "the state and log of a unit: systemctl status, journalctl" },
	{ "service", "the log of a service" },
	{ "chmod", "a file's mode and change time: ls -lc" },
	{ "chown", "a file's owner and change time: ls -lc" },
	{ "kill", "the state of a process: ps" },
	{ "ip", "the state of a network device or route: ip addr, ip route" },
	{ "sysctl", "a kernel parameter: sysctl -a" },
};

static bool names_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	for (const char *p = text; (p = strstr(p, word)); p++) {
		bool starts = p == text || strchr(" \t\n;|&(\"'", p[-1]), ends = !p[n] || strchr(" \t\n;|&)\"'", p[n]);
		if (starts && ends) return true;
	}
	return false;
}

static void see(struct planner *p, const char *host, const char *what)
{
	const char *line = arena_printf(p->a, "on %s: %s", host, what);
	for (size_t i = 0; i < p->plan->visible.n; i++)
		if (!strcmp(p->plan->visible.at[i], line)) return;
	vec_push(p->a, &p->plan->visible, line);
}

static void add_visible(struct planner *p, const char *host, const struct plan_block *b)
{
	for (size_t i = 0; i < b->lines.n; i++) {
		const struct plan_line *line = &b->lines.at[i];
		const char *where = line->on ? line->on : host;
		if (line->kind == LINE_SPAWN) see(p, where, "a process, and what it does: ps, top");
		for (size_t k = 0; line->kind == LINE_RUN && k < sizeof traces / sizeof *traces; k++)
			if (names_word(line->text, traces[k].word)) see(p, where, traces[k].shows);
	}
}

static struct plan_block block_at(struct planner *p, uint32_t fn, const struct value *captures, struct value here)
{
	return fn == IMAGE_NONE ? (struct plan_block){ 0 } : dry_run(p->a, &p->vm, fn, captures, here)->block;
}

/* Captures that could not be computed are unknown, so that the rest can be shown all the same. */
static const struct value *captured(struct planner *p, uint32_t capture, uint32_t user, const struct value *args, struct value here, struct plan_block *how)
{
	if (capture == IMAGE_NONE) return args;
	struct dry_run *run = dry_run(p->a, &p->vm, capture, args, here);
	*how = run->block;
	if (run->end == FIBER_DONE || user == IMAGE_NONE) return run->captures;
	const struct image_function *f = &p->image->function[user];
	struct value *unknown = arena_array_of(p->a, struct value, f->nparams + 1);
	for (uint32_t i = 0; i < f->nparams; i++) unknown[i] = value_unknown(p->a, p->image->type[f->types + i], HOSTLY, "not to be had");
	return unknown;
}

static struct plan_frame frame_at(struct planner *p, const struct image_frame *f, const struct value *captures, struct value here)
{
	struct plan_frame out = { .fault = planner_text(p, f->fault), .because = planner_text(p, f->because), .renderable = f->renderable,
		                  .retry_group = f->retry_group, .retry_times = f->retry_times, .retry_every = f->retry_every };
	const struct value *own = captured(p, f->capture, f->induce, captures, here, &out.captures);
	for (uint32_t i = 0; i < f->nverify; i++) {
		struct plan_block b = block_at(p, p->image->function_ref[f->verify + i].fn, own, here);
		vec_push(p->a, &out.verify, b);
	}
	for (uint32_t i = 0; i < f->nsuperseded; i++) {
		struct plan_block b = block_at(p, p->image->function_ref[f->superseded + i].fn, own, here);
		vec_push(p->a, &out.superseded, b);
	}
	out.induce = block_at(p, f->induce, own, here);
	out.restore = block_at(p, f->restore, own, here);
	return out;
}

static struct plan_variant variant_at(struct planner *p, const struct image_step *s, struct value here)
{
	struct plan_variant v = { .hosts = planner_shown(p, here) };
	uint32_t user = s->nsuperseded ? p->image->function_ref[s->superseded].fn : s->nframes ? p->image->frame[s->frames].capture : IMAGE_NONE;
	if (user == IMAGE_NONE && s->nframes) user = p->image->frame[s->frames].induce;
	const struct value *captures = captured(p, s->capture, user, NULL, here, &v.captures);
	for (uint32_t i = 0; i < s->nsuperseded; i++) {
		struct plan_block b = block_at(p, p->image->function_ref[s->superseded + i].fn, captures, here);
		vec_push(p->a, &v.superseded, b);
	}
	for (uint32_t i = 0; i < s->nframes; i++) {
		struct plan_frame f = frame_at(p, &p->image->frame[s->frames + i], captures, here);
		add_visible(p, v.hosts, &f.induce);
		vec_push(p->a, &v.frames, f);
	}
	return v;
}

static bool has_superseded(struct planner *p, const struct image_step *s)
{
	bool has = s->nsuperseded > 0;
	for (uint32_t i = 0; i < s->nframes; i++) has = has || p->image->frame[s->frames + i].nsuperseded > 0;
	return has;
}

static const char *why_unarmed(struct planner *p, const struct image_step *s)
{
	bool restores = false, renders = true;
	for (uint32_t i = 0; i < s->nframes; i++) {
		const struct image_frame *f = &p->image->frame[s->frames + i];
		restores = restores || f->restore != IMAGE_NONE;
		renders = renders && (f->restore == IMAGE_NONE || f->renderable);
	}
	if (!restores) return "there is nothing to undo";
	return renders ? "the step says `failsafe none`" : "its restore depends on what must be asked while restoring";
}

static void arm(struct planner *p, const struct image_step *s, struct plan_step *step)
{
	step->armed = s->failsafe != FAILSAFE_NONE;
	step->said = s->failsafe == FAILSAFE_SAID;
	step->silent = s->silent;
	step->latest = s->latest;
	if (!step->armed) step->unarmed = why_unarmed(p, s);
	else if (has_superseded(p, s)) planner_doubt(p, "A host that undoes by itself can't ask whether a step was superseded: it undoes.");
}

static void add_step(struct planner *p, const struct image_step *s)
{
	struct places at;
	struct plan_step step = { .name = planner_text(p, s->name), .title = planner_text(p, s->title), .when = when_text(p, s),
		                  .longest_induce = planner_time(s->longest_induce), .longest_verify = planner_time(s->longest_verify),
		                  .longest_restore = planner_time(s->longest_restore) };
	step.place = planner_place(p, s->on, s->fanout, s->limit, &at);
	for (uint32_t i = 0; i < s->nframes; i++) add_needs(p, &step, &p->image->frame[s->frames + i]);
	for (size_t i = 0; i < at.n; i++) {
		struct plan_variant v = variant_at(p, s, at.at[i]);
		planner_add_variant(p, &step.variants, v);
	}
	arm(p, s, &step);
	vec_push(p->a, &p->plan->steps, step);
}

void planner_steps(struct planner *p)
{
	for (size_t i = 0; i < p->image->nstep; i++) add_step(p, &p->image->step[i]);
	if (p->image->nstep)
		planner_doubt(p, "What a command shows in ps while it runs, and what sshd, sudo and auditd log, is not in this plan.");
}
