/*
 * The practice gate: on every host the consent of whoever answers for it, and the claim of this session, before anything else is done there; and
 * after all is undone the claim's end. `--local` says it all in one word, so there it isn't asked.
 */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>

#include "irs/consent.h"
#include "irs/inventory.h"

static const int64_t PATIENCE = INT64_C(20) * 1000000000;

struct gate {
	struct session *s;
	size_t running;
	bool leaving; /* which an abort does not stop */
	void (*done)(struct session *s);
};

struct gated { /* one host at it */
	struct gate *g;
	uint32_t host;
	const char *path, *word; /* of the consent file; quoted for a shell */
};

static const char *consent_path(const struct session *s, uint32_t host)
{
	const struct inventory_host *h = s->o.reached ? s->o.reached[host] : NULL;
	return h ? h->consent : NULL;
}

static void leave(struct gated *q)
{
	struct gate *g = q->g;
	free(q);
	if (--g->running) return;
	g->done(g->s);
	free(g);
}

static void ask(struct gated *q, const char *item, const char *command, void (*done)(void *owner, struct task *t))
{
	struct session *s = q->g->s;
	task_run(&s->d, &(struct task_options){ .host = q->host, .item = item, .undoing = q->g->leaving, .done = done, .owner = q },
	         value_string(s->a, str_of(command)), PATIENCE);
}

static void refuse(struct gated *q, const char *kind, const char *remedy, const char *what)
{
	finding(q->g->s, kind, session_host_name(q->g->s, q->host), remedy, "%s", what);
	leave(q);
}

/* The exit that a command of ours ended with; -1: nobody knows. */
static int exit_of(const struct task_end *end) { return end->cancelled || !end->result ? -1 : end->result->exit; }

static struct str output_of(const struct task_end *end)
{
	const struct text *t = end->result ? end->result->stdout_text : NULL;
	return t ? (struct str){ t->p, t->n } : STR("");
}

/* What it said on standard error, or else what became of it. */
static const char *trouble(struct gated *q, const struct task_end *end)
{
	const struct run_result *r = end->result;
	struct str said = r && r->stderr_text ? str_trim((struct str){ r->stderr_text->p, r->stderr_text->n }) : STR("");
	if (said.n) return arena_printf(q->g->s->a, "%.*s", (int)(said.n > 200 ? 200 : said.n), said.p);
	return exit_of(end) < 0 ? "the host gave no answer" : "for no reason that it tells";
}

static void gate_go(struct session *s, bool leaving, void (*each)(struct gated *q), void (*done)(struct session *s))
{
	struct gate *g = calloc(1, sizeof *g);
	if (!g) abort();
	*g = (struct gate){ .s = s, .running = 1, .leaving = leaving, .done = done };
	for (uint32_t i = 0; i < s->o.hosts->n; i++) {
		if (!s->host[i].open || !consent_path(s, i)) continue;
		struct gated *q = calloc(1, sizeof *q);
		if (!q) abort();
		struct buf word = { 0 };
		buf_shell_quoted(&word, str_of(consent_path(s, i)));
		*q = (struct gated){ .g = g, .host = i, .path = consent_path(s, i), .word = arena_strndup(s->a, word.p, word.n) };
		buf_free(&word);
		g->running++;
		each(q);
	}
	if (--g->running) return;
	g->done(s);
	free(g);
}

/* ---- the claim: it appears whole, and only where there is none, which the host decides in one step */

enum { CLAIMED_ALREADY = 3 };

static void claimed(void *owner, struct task *t)
{
	struct gated *q = owner;
	struct session *s = q->g->s;
	const struct task_end *end = task_end(t);
	int exit = exit_of(end);
	if (exit == CLAIMED_ALREADY) {
		struct claim_said said = claim_read(s->a, output_of(end));
		if (strcmp(said.session, s->o.id) != 0) {
			const char *remedy = arena_printf(s->a, "`irs restore %s` where it began, or, when it is known to be over, remove %s%s there",
			                                  *said.session ? said.session : "SESSION", q->path, CLAIM_SUFFIX);
			refuse(q, "claim", remedy,
			       arena_printf(s->a, "it is claimed by the session %s of %s, since %s", *said.session ? said.session : "(unknown)",
			                    *said.who ? said.who : "(unknown)", *said.since ? said.since : "(unknown)"));
			return;
		}
	} else if (exit != 0) {
		if (!end->cancelled)
			finding(s, "claim", session_host_name(s, q->host), "commands there must be able to write beside the consent file: irs_become",
			        "it can't be claimed: %s", trouble(q, end));
		leave(q);
		return;
	}
	s->host[q->host].claimed_there = true;
	leave(q);
}

static void claim(struct gated *q)
{
	struct session *s = q->g->s;
	struct buf text = { 0 };
	buf_shell_quoted(&text, str_of(claim_text(s->a, s->o.id, session_who(s), loop_wall(s->o.loop))));
	ask(q, "claim",
	    arena_printf(s->a,
	                 "f=%s" CLAIM_SUFFIX "; t=$f.$$; umask 022\n"
	                 "printf '%%s\\n' %s >\"$t\" || { rm -f \"$t\"; exit 1; }\n"
	                 "ln \"$t\" \"$f\" 2>/dev/null; r=$?; rm -f \"$t\"\n"
	                 "[ $r = 0 ] || { cat \"$f\" && exit %d; }",
	                 q->word, text.p, CLAIMED_ALREADY),
	    claimed);
	buf_free(&text);
}

/* ---- consent: owned by root, or by the user as whom all is done, and nobody else may write it */

enum { NO_CONSENT = 9 };

static bool owned_well(struct str *said)
{
	unsigned me, owner, mode;
	int n = 0;
	char line[64];
	snprintf(line, sizeof line, "%.*s", (int)(said->n < 63 ? said->n : 63), said->p);
	if (sscanf(line, "%u %u %o%n", &me, &owner, &mode, &n) != 3 || line[n] != '\n') return false;
	*said = (struct str){ said->p + n + 1, said->n - (size_t)n - 1 };
	return (owner == 0 || owner == me) && !(mode & 022);
}

static void consented(void *owner, struct task *t)
{
	struct gated *q = owner;
	struct session *s = q->g->s;
	const struct task_end *end = task_end(t);
	struct str text = output_of(end);
	struct err e = { 0 };
	if (end->cancelled) {
		leave(q);
	} else if (exit_of(end) == NO_CONSENT) {
		refuse(q, "consent", "whoever answers for the host puts it there: docs/hosts.md has the command",
		       arena_printf(s->a, "it has not consented: there is no %s", q->path));
	} else if (exit_of(end) != 0) {
		refuse(q, "consent", NULL, arena_printf(s->a, "its consent %s can't be read: %s", q->path, trouble(q, end)));
	} else if (!owned_well(&text)) {
		refuse(q, "consent", "it belongs to root, and nobody else may write it: chmod 644",
		       arena_printf(s->a, "its consent %s could be anybody's", q->path));
	} else if (!consent_check(text, s->host[q->host].facts.machine_id, loop_wall(s->o.loop), &e)) {
		refuse(q, "consent", e.remedy, e.what);
	} else {
		claim(q);
	}
}

static void ask_consent(struct gated *q)
{
	ask(q, "consent",
	    arena_printf(q->g->s->a, "f=%s; [ -e \"$f\" ] || exit %d\necho \"$(id -u) $(stat -Lc '%%u %%a' \"$f\")\" && head -c %d \"$f\"", q->word,
	                 NO_CONSENT, CONSENT_MAX_BYTES + 1),
	    consented);
}

void gate_enter(struct session *s, void (*done)(struct session *s)) { gate_go(s, false, ask_consent, done); }

/* ---- and out again */

static void released(void *owner, struct task *t)
{
	struct gated *q = owner;
	struct session *s = q->g->s;
	const struct task_end *end = task_end(t);
	if (exit_of(end) == 0) {
		s->host[q->host].claimed_there = false;
	} else {
		s->claims_left = true;
		journal_add(s->o.journal, EV_left,
		            json_pack("{s:o,s:o}", "host", session_host_json(s, q->host), "why",
		                      journal_text(str_of(arena_printf(s->a, "its claim %s%s could not be removed: %s", q->path, CLAIM_SUFFIX, trouble(q, end))),
		                                   JOURNAL_MAX_TEXT)));
	}
	leave(q);
}

/* Only ours: somebody may have removed it by hand, and another session have come. */
static void release(struct gated *q)
{
	struct session *s = q->g->s;
	struct buf id = { 0 };
	if (!s->host[q->host].claimed_there) {
		leave(q);
		return;
	}
	buf_shell_quoted(&id, str_of(arena_printf(s->a, "\"session\":\"%s\"", s->o.id)));
	ask(q, "claim",
	    arena_printf(s->a, "f=%s" CLAIM_SUFFIX "; if grep -qF %s \"$f\" 2>/dev/null; then rm \"$f\"; fi", q->word, id.p), released);
	buf_free(&id);
}

void gate_leave(struct session *s, void (*done)(struct session *s)) { gate_go(s, true, release, done); }
