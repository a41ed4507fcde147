/*
 * The order of a session's phases. Each function below begins something and names the next one; whatever stops the session, the way leads
 * through session_restore to `finish`.
 */
#include "state.h"

#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chance.h"
#include "effect_note.h"
#include "irs/file.h"
#include "irs/inventory.h"
#include "self.h"

/* ---- journal ------------------------------------------------------------------------------------------- */

static void flush_now(void *ctx)
{
	struct session *s = ctx;
	struct err e = { 0 };
	s->flush_due = false;
	if (journal_flush(s->o.journal, &e) || s->told_broken) return;
	s->told_broken = true;
	journal_add(s->o.journal, EV_failed, json_pack("{s:s,s:o}", "item", "journal", "what", journal_text(str_of(e.what), JOURNAL_MAX_TEXT)));
	session_stop(s, s->phase < PHASE_inducing ? IRS_REFUSED : IRS_FAILED, e.what);
}

static void on_event(void *ctx, enum event ev, const json_t *line)
{
	struct session *s = ctx;
	if (s->o.watch) s->o.watch(s->o.watch_ctx, ev, line);
	if (s->flush_due || s->over) return;
	s->flush_due = true;
	loop_at_turn_end(s->o.loop, flush_now, s);
}

const char *session_host_name(const struct session *s, uint32_t host)
{
	struct str n = s->o.hosts->at[host].name;
	return arena_strndup(s->a, n.p, n.n);
}

json_t *session_host_json(const struct session *s, uint32_t host)
{
	return host_json(s->o.hosts, host);
}

void session_move(struct session *s, enum phase to, const char *why)
{
	if (!phase_may_move(s->phase, to)) return;
	json_t *f = json_pack("{s:s,s:s}", "phase", phase_name(to), "was", phase_name(s->phase));
	if (why) json_object_set_new(f, "why", journal_text(str_of(why), JOURNAL_MAX_TEXT));
	s->phase = to;
	journal_add(s->o.journal, EV_phase, f);
}

static json_t *hosts_json(const struct session *s)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->o.hosts->n; i++) {
		struct str address = s->o.hosts->at[i].address;
		const struct inventory_host *h = s->o.reached ? s->o.reached[i] : NULL;
		json_array_append_new(list, json_pack("{s:o,s:o,s:s}", "name", session_host_json(s, (uint32_t)i), "address",
		                                      journal_text(address, JOURNAL_MAX_TEXT), "transport",
		                                      inventory_transport_name(h ? h->transport : TRANSPORT_LOCAL)));
	}
	return list;
}

static const char *first_line(struct session *s, const char *path)
{
	struct str text;
	if (!file_read(s->a, path, 4096, &text, NULL)) return "";
	return arena_strndup(s->a, text.p, strcspn(text.p, "\n"));
}

static const char *user_name(void)
{
	struct passwd *pw = getpwuid(getuid());
	return pw ? pw->pw_name : "?";
}

const char *session_who(struct session *s) { return arena_printf(s->a, "%s@%s", user_name(), first_line(s, "/proc/sys/kernel/hostname")); }

static void write_session(struct session *s)
{
	char digest[65];
	const struct image *img = s->o.image;
	sodium_bin2hex(digest, sizeof digest, img->digest, sizeof img->digest);
	json_t *title = journal_text(img->nscenario ? image_str(img, img->scenario[0].title) : STR(""), JOURNAL_MAX_TEXT);
	journal_add(s->o.journal, EV_session,
	            json_pack("{s:s,s:i,s:s,s:o,s:s,s:I,s:s,s:s,s:s,s:o}", "id", s->o.id, "format", JOURNAL_FORMAT, "program", s->o.program,
	                      "scenario", title, "image_sha256", digest, "seed", (json_int_t)s->o.seed, "user", user_name(),
	                      "machine", first_line(s, "/etc/machine-id"), "boot", first_line(s, "/proc/sys/kernel/random/boot_id"), "runner", self_json()));
	journal_add(s->o.journal, EV_hosts, json_pack("{s:o}", "hosts", hosts_json(s)));
	globals_write(s, EV_given);
}

/* ---- making one -------------------------------------------------------------------------------------------- */

static void name_steps(struct session *s)
{
	const struct image *img = s->o.image;
	s->step = arena_array_of(s->a, struct step_state, img->nstep + 1);
	for (size_t i = 0; i < img->nstep; i++) {
		struct str name = image_str(img, img->step[i].name), title = image_str(img, img->step[i].title);
		s->step[i].label = name.n ? arena_strndup(s->a, name.p, name.n) : arena_printf(s->a, "step %zu", i + 1);
		s->step[i].title = arena_strndup(s->a, title.p, title.n);
	}
	s->precondition_hosts = arena_array_of(s->a, uint32_t *, img->nprecondition + 1);
	s->nprecondition_hosts = arena_array_of(s->a, size_t, img->nprecondition + 1);
}

uint64_t session_seed(void)
{
	return chance_seed();
}

struct session *session_new(struct arena *a, const struct session_options *o)
{
	struct session *s = arena_new_of(a, struct session);
	size_t nglobals = o->image ? o->image->nglobal : 0;
	s->a = a;
	s->o = *o;
	s->globals = arena_array_of(a, struct value, nglobals + 1);
	for (size_t i = 0; o->globals && i < nglobals; i++) s->globals[i] = o->globals[i];
	s->host = arena_array_of(a, struct host_state, o->hosts->n);
	for (size_t i = 0; i < o->hosts->n; i++) s->host[i].claim.fd = -1;
	if (o->image) name_steps(s);
	s->d = (struct driver){ .a = a, .loop = o->loop, .journal = o->journal, .seed = o->seed,
		                .vm = { .image = o->image, .hosts = o->hosts, .globals = s->globals } };
	if (o->rehearse) s->round = 1;
	return s;
}

void session_free(struct session *s)
{
	for (size_t i = 0; s && i < s->o.hosts->n; i++) claim_release(&s->host[i].claim, false);
}

void session_use(struct session *s, struct world *w)
{
	s->d.world = w;
}

void session_started(void *session, uint32_t host, const struct process_ref *p)
{
	struct session *s = session;
	static const char *const kinds[] = { [PROCESS_SHELL] = "shell", [PROCESS_LEASH] = "leash" };
	journal_add(s->o.journal, EV_shell,
	            json_pack("{s:o,s:s,s:I,s:I,s:I,s:s}", "host", session_host_json(s, host), "kind", kinds[p->kind], "pid",
	                      (json_int_t)p->pid, "pgid", (json_int_t)p->pgid, "start", (json_int_t)p->start, "boot", p->boot));
	journal_flush(s->o.journal, NULL); /* it gets something to do as soon as we return */
}

/* ---- the end ---------------------------------------------------------------------------------------------- */

void session_unable(struct session *s, uint32_t host, const char *to, const struct err *e)
{
	json_t *f = json_pack("{s:o,s:s,s:o}", "host", session_host_json(s, host), "to", to, "why", journal_text(str_of(e->what), sizeof e->what));
	if (*e->remedy) json_object_set_new(f, "remedy", journal_text(str_of(e->remedy), sizeof e->remedy));
	journal_add(s->o.journal, EV_unable, f);
}

size_t session_open_records(const struct session *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->records.n; i++) n += !s->records.at[i]->how;
	return n;
}

static bool is_clean(const struct session *s)
{
	return !session_open_records(s) && !s->preconditions_left && !s->leashes_left && !s->claims_left && !s->damaged;
}

bool session_over(const struct session *s)
{
	return s->over;
}

enum irs_exit session_exit(const struct session *s)
{
	if (s->refused) return IRS_REFUSED;
	if (!is_clean(s)) return IRS_LEFT;
	if (s->findings && s->exit == IRS_OK && !s->recovering) return IRS_REFUSED;
	return s->exit;
}

static void tell_over(void *ctx)
{
	struct session *s = ctx;
	if (s->o.over) s->o.over(s->o.ctx);
}

static void finish(struct session *s)
{
	bool clean = is_clean(s) && !s->refused;
	const char *unproven = s->o.image ? NULL : "without the image nothing could be verified, and no precondition asked";
	if (s->phase == PHASE_restoring || s->phase == PHASE_aborting)
		session_move(s, clean ? PHASE_restored : PHASE_dirty, clean ? unproven : NULL);
	session_move(s, PHASE_closed, NULL);
	if (!s->refused) journal_add(s->o.journal, EV_closed, json_pack("{s:i}", "exit", (int)session_exit(s)));
	bool written = journal_sync(s->o.journal, NULL);
	for (size_t i = 0; i < s->o.hosts->n; i++) claim_release(&s->host[i].claim, clean && written);
	s->over = true;
	s->d.world->ops->close(s->d.world);
	loop_after(s->o.loop, 0, tell_over, s);
}

/* Whoever comes next may have the hosts, once nothing of ours is left there. */
static void part(struct session *s)
{
	if (is_clean(s) && !s->refused) gate_leave(s, finish);
	else finish(s);
}

static void disarmed(void *owner, uint32_t host, const struct err *e)
{
	struct session *s = owner;
	if (e->what[0]) {
		s->leashes_left = true;
		session_unable(s, host, "disarm", e);
		journal_add(s->o.journal, EV_left, json_pack("{s:o,s:o}", "host", session_host_json(s, host), "why",
		                                             journal_text(str_of(e->what), JOURNAL_MAX_TEXT)));
	} else {
		s->host[host].armed = false;
		journal_add(s->o.journal, EV_disarmed, json_pack("{s:o,s:s}", "host", session_host_json(s, host), "how", "disarmed"));
	}
	if (--s->disarming == 0) part(s);
}

/* Leashes last: until here they would have gone on with what we began. */
static void disarm(struct session *s)
{
	s->disarming = 1;
	for (uint32_t i = 0; i < s->o.hosts->n; i++) {
		if (!s->host[i].open) continue;
		s->disarming++;
		s->d.world->ops->leash_disarm(s->d.world, i, disarmed, s);
	}
	if (--s->disarming == 0) part(s);
}

/* ---- restoring ---------------------------------------------------------------------------------------------- */

static void induce_next(struct session *s);

static void second_round(struct session *s)
{
	s->round = 2;
	s->stopping = s->resting = s->d.stopping = false;
	s->next_step = 0;
	for (size_t i = 0; i < s->o.image->nstep; i++) s->step[i].progress = STEP_PENDING;
	session_move(s, PHASE_restored, NULL);
	journal_add(s->o.journal, EV_round,
	            json_pack("{s:i,s:s}", "round", 2, "how", "undone by the failsafe's script, then restored once more"));
	session_move(s, PHASE_inducing, NULL);
	induce_next(s);
}

static void looked_again(struct session *s)
{
	if (s->round == 1 && s->exit == IRS_OK && is_clean(s)) second_round(s);
	else disarm(s);
}

static void undone(struct session *s)
{
	check_preconditions(s, true, looked_again);
}

void session_restore(struct session *s)
{
	undo_all(s, undone);
}

static void stop_timers(struct session *s)
{
	loop_timer_stop(s->hold);
	s->hold = NULL;
	for (size_t i = 0; i < s->o.image->nstep; i++) {
		struct step_state *st = &s->step[i];
		loop_timer_stop(st->timer);
		st->timer = NULL;
		if (st->progress == STEP_PENDING) st->progress = STEP_DROPPED;
	}
}

static void cancelled(struct session *s)
{
	if (s->resting) return;
	s->resting = true;
	session_move(s, PHASE_cancelled, NULL);
	disarm(s);
}

/* Nothing induces any more. */
static void at_rest(void *ctx)
{
	struct session *s = ctx;
	if (s->resting || s->running || !s->stopping) return;
	s->resting = true;
	stop_timers(s);
	session_move(s, s->exit == IRS_OK ? PHASE_restoring : PHASE_aborting, NULL);
	session_restore(s);
}

static bool is_inducing(const struct session *s)
{
	return s->phase == PHASE_inducing || s->phase == PHASE_live;
}

void session_halt(struct session *s, enum irs_exit exit)
{
	if (s->over || (s->stopping && s->exit != IRS_OK)) return;
	s->exit = exit;
	if (s->stopping || s->recovering) return;
	s->stopping = true;
	driver_cancel(&s->d);
	if (is_inducing(s)) loop_after(s->o.loop, 0, at_rest, s);
}

void session_stop(struct session *s, enum irs_exit exit, const char *why)
{
	if (!s->stopping && !s->recovering && !s->over)
		journal_add(s->o.journal, EV_note, json_pack("{s:o,s:s}", "text", journal_text(str_of(why), JOURNAL_MAX_TEXT), "by", "irs"));
	session_halt(s, exit);
}

/* ---- inducing and live ------------------------------------------------------------------------------------------ */

static void late_step_done(struct session *s, uint32_t step, bool ok)
{
	(void)step, (void)ok;
	at_rest(s);
}

struct late {
	struct session *s;
	uint32_t step;
};

static void late_step(void *ctx)
{
	struct late *l = ctx;
	l->s->step[l->step].timer = NULL;
	step_start(l->s, l->step, late_step_done);
}

static void hold_over(void *ctx)
{
	struct session *s = ctx;
	s->hold = NULL;
	session_end(s, "its time is over");
}

static void go_live(struct session *s)
{
	session_move(s, PHASE_live, NULL);
	s->live_at = loop_now(s->o.loop);
	if (s->round) {
		session_stop(s, IRS_OK, "rehearsed");
		return;
	}
	for (uint32_t i = 0; i < s->o.image->nstep; i++) {
		if (s->o.image->step[i].when != STEP_AFTER) continue;
		struct late *l = arena_new_of(s->a, struct late);
		*l = (struct late){ s, i };
		s->step[i].timer = loop_after(s->o.loop, s->o.image->step[i].after, late_step, l);
	}
	if (s->o.hold >= 0) s->hold = loop_after(s->o.loop, s->o.hold, hold_over, s);
}

static void step_done(struct session *s, uint32_t step, bool ok)
{
	(void)step, (void)ok;
	if (s->stopping) at_rest(s);
	else induce_next(s);
}

/* A rehearsal doesn't wait: late steps follow at once, in their order. */
static void induce_next(struct session *s)
{
	const struct image *img = s->o.image;
	while (s->next_step < img->nstep && img->step[s->next_step].when != STEP_AT_START && !s->round) s->next_step++;
	if (s->next_step == img->nstep) go_live(s);
	else step_start(s, (uint32_t)s->next_step++, step_done);
}

/* ---- checking ------------------------------------------------------------------------------------------------------ */

static bool refused(struct session *s)
{
	if (!s->findings && !s->stopping) return false;
	cancelled(s);
	return true;
}

static void checked(struct session *s)
{
	if (refused(s)) return;
	session_move(s, PHASE_checked, NULL);
	if (s->round) journal_add(s->o.journal, EV_round, json_pack("{s:i,s:s}", "round", 1, "how", "undone by the runner"));
	session_move(s, PHASE_inducing, NULL);
	induce_next(s);
}

static void needs_known(struct session *s)
{
	check_preconditions(s, false, checked);
}

static json_t *names_json(const struct session *s, const uint32_t *hosts, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++) json_array_append_new(list, session_host_json(s, hosts[i]));
	return list;
}

static void write_places(struct session *s)
{
	const struct image *img = s->o.image;
	static const char *const when[] = { [STEP_AT_START] = "start", [STEP_AFTER] = "after", [STEP_MITIGATED] = "mitigated" };
	for (size_t i = 0; i < img->nstep; i++) {
		json_t *f = json_pack("{s:i,s:s,s:o,s:o,s:s}", "step", (int)i, "label", s->step[i].label, "title",
		                      journal_text(str_of(s->step[i].title), JOURNAL_MAX_TEXT), "hosts",
		                      names_json(s, s->step[i].hosts, s->step[i].nhosts), "when", when[img->step[i].when]);
		if (img->step[i].when == STEP_AFTER) json_object_set_new(f, "after", json_integer(img->step[i].after));
		journal_add(s->o.journal, EV_step, f);
	}
	for (size_t i = 0; i < img->nprecondition; i++)
		journal_add(s->o.journal, EV_precondition,
		            json_pack("{s:i,s:o,s:o}", "precondition", (int)i, "title",
		                      journal_text(image_str(img, img->precondition[i].title), JOURNAL_MAX_TEXT), "hosts",
		                      names_json(s, s->precondition_hosts[i], s->nprecondition_hosts[i])));
}

static void where_known(struct session *s)
{
	if (refused(s)) return;
	write_places(s);
	check_needs(s, needs_known);
}

static void globals_known(struct session *s, bool ok)
{
	if (!ok || s->stopping) cancelled(s);
	else check_where(s, where_known);
}

static void entered(struct session *s)
{
	if (!refused(s)) globals_start(s, globals_known);
}

/* Also where some hosts did not answer: what speaks against the others is found in the same go. */
static void hosts_open(struct session *s)
{
	if (s->stopping) cancelled(s);
	else gate_enter(s, entered);
}

static void begun(void *ctx, bool ok)
{
	struct session *s = ctx;
	if (!ok && !s->told_broken) {
		struct err e = { 0 };
		journal_sync(s->o.journal, &e);
		finding(s, "journal", NULL, "free some room, or set XDG_STATE_HOME to another disk", "%s", e.what);
	}
	if (!refused(s)) check_open(s, hosts_open);
}

void session_start(struct session *s)
{
	journal_on_event(s->o.journal, on_event, s);
	write_session(s);
	sync_then(s, begun, s);
}

/* ---- after a crash ---------------------------------------------------------------------------------------------------- */

static void reopened(struct session *s)
{
	for (size_t i = 0; i < s->o.hosts->n; i++) {
		s->host[i].open &= !s->host[i].unburied;
		s->host[i].claimed_there = s->host[i].open; /* or may be: giving back looks whose it is */
	}
	session_move(s, PHASE_restoring, NULL);
	session_restore(s);
}

static void buried(struct session *s)
{
	check_open(s, reopened);
}

/* Before anything of it is ended: a copy of a live session's directory must not kill that session. */
static bool claim_here(struct session *s)
{
	struct err e = { 0 };
	struct host_state *runner = &s->host[0];
	if (!s->o.claim) return true;
	snprintf(runner->facts.machine_id, sizeof runner->facts.machine_id, "%s", first_line(s, "/etc/machine-id"));
	runner->claimed = true;
	if (s->o.claim(s->o.claim_ctx, runner->facts.machine_id, true, &runner->claim, &e)) return true;
	finding(s, "claim", NULL, e.remedy, "%s", e.what);
	s->exit = IRS_REFUSED;
	return false;
}

static void write_runner(struct session *s, const char *how)
{
	journal_add(s->o.journal, EV_runner, json_pack("{s:s,s:s}", "program", s->o.program, "how", how));
}

void session_recover(struct session *s)
{
	journal_on_event(s->o.journal, on_event, s);
	write_runner(s, "restore");
	s->recovering = true;
	s->refused = !claim_here(s);
	if (s->refused) {
		finish(s);
		return;
	}
	session_move(s, PHASE_interrupted, "its runner is dead");
	recover_bury(s, buried);
}

static void look_open(struct session *s)
{
	recover_look(s, s->look.step, s->look.host, disarm);
}

void session_look(struct session *s, uint32_t step, const char *host)
{
	journal_on_event(s->o.journal, on_event, s);
	write_runner(s, "look");
	s->recovering = true;
	s->look.step = step;
	s->look.host = host;
	check_open(s, look_open);
}
