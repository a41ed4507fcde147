#include "ssh_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "child.h"
#include "irs/arena.h"
#include "irs/buf.h"

static const int64_t SECOND = 1000000000;
enum { START_SECONDS = 10, BATCH_SECONDS = 10, ASKING_SECONDS = 180, LIST_SECONDS = 10, TALK_MAX = 16 << 10 };

/*
 * The shell waits for the end of its standard input, which only we hold, and then ends the agent and its socket (which the
 * agent leaves behind if it is ended too early).  The agent doesn't hold the pipe (what runs behind `&` has no input), and alone holds the outputs:
 * when those end, the agent has.
 * ssh-agent's own way, `ssh-agent COMMAND`, looks every ten seconds only whether the command is there.
 */
static const char KEEPER[] = "command -v ssh-agent >/dev/null || { echo 'ssh-agent: not found' >&2; exit 127; }\n"
			     "ssh-agent -D -a \"$0\" & exec >&- 2>&-\n"
			     "while read -r line; do :; done\n"
			     "kill $!; wait; rm -f \"$0\"\n";

/* The shell with its three pipes; it outlives us until its handles are closed. */
struct keeper {
	struct ssh_keys *keys; /* NULL: it was left */
	uv_process_t process;
	uv_pipe_t in, out, err;
	unsigned handles;
	struct buf talk;
	char read[4096];
};

struct ssh_keys {
	struct loop *loop;
	struct arena *arena;
	const char *socket;
	struct ssh_key_file *files;
	size_t n, at; /* at: the file that is being loaded */
	bool may_ask;
	int64_t timeout;
	struct keeper *keeper;
	struct loop_timer *deadline;
	struct child *adding;
	struct ssh_agent *agent;
	struct str *known; /* blobs that the agent has */
	size_t nknown;
	void (*done)(void *owner, const struct err *e);
	void *owner;
};

/* ---- its end */

static void on_closed(uv_handle_t *h)
{
	struct keeper *p = h->data;
	if (--p->handles) return;
	buf_free(&p->talk);
	free(p);
}

static void close_handle(uv_handle_t *h)
{
	if (h->data && !uv_is_closing(h)) uv_close(h, on_closed);
}

/* Closing its input is what ends it. */
static void keeper_leave(struct keeper *p)
{
	p->keys = NULL;
	close_handle((uv_handle_t *)&p->in);
	close_handle((uv_handle_t *)&p->out);
	close_handle((uv_handle_t *)&p->err);
	close_handle((uv_handle_t *)&p->process); /* nobody waits for its end */
}

/* The caller may free us in `done`. */
static void tell(struct ssh_keys *k, const struct err *e)
{
	void (*done)(void *, const struct err *) = k->done;
	loop_timer_stop(k->deadline);
	k->deadline = NULL;
	k->done = NULL;
	if (done) done(k->owner, e);
}

static void keeper_failed(struct keeper *p, const char *why)
{
	struct ssh_keys *k = p->keys;
	struct err e;
	struct buf said = { 0 };
	if (!k->done || k->agent) return;
	buf_safe(&said, str_trim(buf_view(&p->talk)));
	err_set(&e, IRS_REFUSED, "ssh-agent", "%s%s%s", why, said.n ? ": " : "", said.p ? said.p : "");
	err_remedy(&e, "install OpenSSH's client (apt-get install openssh-client), or load the keys into an agent of your own by ssh-add");
	buf_free(&said);
	tell(k, &e);
}

static void on_late(void *ctx)
{
	struct ssh_keys *k = ctx;
	k->deadline = NULL;
	keeper_failed(k->keeper, "the agent for key files did not start in time");
}

/* ---- loading one file after the other */

static void add_next(struct ssh_keys *k);

/* What ssh-add would refuse without a word that helps. */
static bool look_at_file(struct ssh_key_file *f)
{
	struct stat s;
	if (stat(f->path, &s)) {
		err_set(&f->error, IRS_REFUSED, f->path, "the key file can't be read: %s", strerror(errno));
		return err_remedy(&f->error, "IdentityFile in ssh's configuration names it");
	}
	if (!S_ISREG(s.st_mode)) return err_set(&f->error, IRS_REFUSED, f->path, "it is no regular file, so no key file");
	if (s.st_uid == getuid() && s.st_mode & 077) {
		err_set(&f->error, IRS_REFUSED, f->path, "others may read the key file (its mode is %04o), so OpenSSH won't use it", s.st_mode & 07777);
		return err_remedy(&f->error, "chmod 600 %s", f->path);
	}
	if (access(f->path, R_OK)) return err_set(&f->error, IRS_REFUSED, f->path, "the key file can't be read: %s", strerror(errno));
	return true;
}

static void explain(const struct ssh_keys *k, struct ssh_key_file *f, const struct child_end *end)
{
	struct buf said = { 0 };
	buf_safe(&said, str_trim(end->err));
	if (end->late) {
		err_set(&f->error, IRS_REFUSED, f->path, "its right passphrase was not given in time");
	} else if (said.n) {
		const char *last = strrchr(said.p, '\n');
		err_set(&f->error, IRS_REFUSED, f->path, "ssh-add can't load it: %s", last ? last + 1 : said.p);
		err_remedy(&f->error, "see what `ssh-keygen -y -f %s` says", f->path);
	} else if (k->may_ask) {
		err_set(&f->error, IRS_REFUSED, f->path, "its right passphrase was not given");
	} else {
		err_set(&f->error, IRS_REFUSED, f->path, "it needs a passphrase, and nobody may be asked");
	}
	if (!f->error.remedy[0]) err_remedy(&f->error, "load it into your agent beforehand: ssh-add %s", f->path);
	buf_free(&said);
}

static bool is_known(const struct ssh_keys *k, struct str blob)
{
	for (size_t i = 0; i < k->nknown; i++)
		if (str_eq(k->known[i], blob)) return true;
	return false;
}

/* What the agent has now, and had not before, is the file's. */
static void on_listed(void *owner, const struct ssh_agent_keys *keys, const struct err *e)
{
	struct ssh_keys *k = owner;
	struct ssh_key_file *f = &k->files[k->at];
	if (!keys) f->error = *e;
	for (size_t i = 0; keys && i < keys->n && k->nknown < k->n; i++) {
		struct str blob = keys->at[i].blob;
		if (is_known(k, blob)) continue;
		f->blob = k->known[k->nknown++] = (struct str){ arena_memdup(k->arena, blob.p, blob.n), blob.n };
	}
	k->at++;
	add_next(k);
}

static void on_added(void *owner, const struct child_end *end)
{
	struct ssh_keys *k = owner;
	k->adding = NULL;
	if (!end->late && !end->status) {
		ssh_agent_list(k->agent, LIST_SECONDS * SECOND, on_listed, k);
		return;
	}
	explain(k, &k->files[k->at], end);
	k->at++;
	add_next(k);
}

/* -k: certificates beside a key are not offered, so they need not be held. */
static void add_next(struct ssh_keys *k)
{
	while (k->at < k->n && !look_at_file(&k->files[k->at])) k->at++;
	if (k->at == k->n) {
		tell(k, NULL);
		return;
	}
	struct ssh_key_file *f = &k->files[k->at];
	const char *argv[] = { "ssh-add", "-q", "-k", "--", f->path, NULL };
	const char *env[] = { arena_printf(k->arena, "SSH_AUTH_SOCK=%s", k->socket), "SSH_AGENT_PID", k->may_ask ? NULL : "SSH_ASKPASS=/bin/false",
		              "SSH_ASKPASS_REQUIRE=force", NULL };
	bool terminal = k->may_ask && isatty(STDIN_FILENO);
	struct child_options o = { .argv = argv, .env = env, .timeout = k->timeout, .limit = TALK_MAX, .ours = terminal };
	k->adding = child_start(k->loop, &o, on_added, k, &f->error);
	if (k->adding) return;
	struct err e = f->error;
	tell(k, &e);
}

/* ---- the agent and its keeper */

/* It says so when it listens: "SSH_AUTH_SOCK=…; export SSH_AUTH_SOCK;". */
static void keeper_says(struct keeper *p)
{
	struct ssh_keys *k = p->keys;
	if (k->agent || !k->done || !p->talk.n || !memchr(p->talk.p, '\n', p->talk.n)) return;
	loop_timer_stop(k->deadline);
	k->deadline = NULL;
	k->agent = ssh_agent_new(k->loop, k->socket);
	add_next(k);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	struct keeper *p = h->data;
	(void)suggested;
	*b = uv_buf_init(p->read, sizeof p->read);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct keeper *p = s->data;
	bool out = s == (uv_stream_t *)&p->out;
	if (n < 0) uv_read_stop(s);
	if (!p->keys) return;
	if (n > 0 && p->talk.n < TALK_MAX) buf_add(&p->talk, b->base, (size_t)n);
	if (n > 0 && out) keeper_says(p);
	if (n < 0 && !uv_is_active((uv_handle_t *)&p->out) && !uv_is_active((uv_handle_t *)&p->err)) keeper_failed(p, "the agent for key files did not start");
}

static void on_keeper_exit(uv_process_t *process, int64_t status, int signum)
{
	(void)status, (void)signum;
	close_handle((uv_handle_t *)process);
}

static int keeper_start(struct keeper *p, struct loop *l, const char *socket)
{
	const char *argv[] = { "sh", "-c", KEEPER, socket, NULL };
	uv_pipe_t *const pipes[3] = { &p->in, &p->out, &p->err };
	uv_stdio_container_t streams[3];
	for (int i = 0; i < 3; i++) {
		uv_pipe_init(loop_uv(l), pipes[i], 0);
		pipes[i]->data = p;
		p->handles++;
		streams[i] = (uv_stdio_container_t){ .flags = UV_CREATE_PIPE | (i ? UV_WRITABLE_PIPE : UV_READABLE_PIPE), .data.stream = (uv_stream_t *)pipes[i] };
	}
	/* A group of its own: ^C on the terminal is for us, and the keys are needed to restore. */
	uv_process_options_t o = { .file = "/bin/sh", .args = (char **)(uintptr_t)argv, .flags = UV_PROCESS_DETACHED, .stdio = streams, .stdio_count = 3,
		                   .exit_cb = on_keeper_exit };
	close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
	p->process.data = p;
	p->handles++;
	int r = uv_spawn(loop_uv(l), &p->process, &o);
	if (r) close_handle((uv_handle_t *)&p->process);
	if (!r) uv_unref((uv_handle_t *)&p->process);
	if (!r) r = uv_read_start((uv_stream_t *)&p->out, on_alloc, on_read);
	if (!r) r = uv_read_start((uv_stream_t *)&p->err, on_alloc, on_read);
	return r;
}

static bool is_our_dir(const char *dir, struct err *e)
{
	struct stat s;
	if (lstat(dir, &s)) return err_set(e, IRS_REFUSED, dir, "cannot use the directory for an agent's socket: %s", strerror(errno));
	if (!S_ISDIR(s.st_mode) || s.st_uid != getuid() || s.st_mode & 077) {
		err_set(e, IRS_REFUSED, dir, "the directory for an agent's socket must be ours alone");
		return err_remedy(e, "chmod 700 %s", dir);
	}
	return true;
}

static void copy_files(struct ssh_keys *k, const struct ssh_keys_options *o)
{
	k->n = o->n;
	k->files = arena_array_of(k->arena, struct ssh_key_file, o->n);
	k->known = arena_array_of(k->arena, struct str, o->n);
	for (size_t i = 0; i < o->n; i++) k->files[i].path = arena_strdup(k->arena, o->files[i]);
}

struct ssh_keys *ssh_keys_start(struct loop *l, const struct ssh_keys_options *o, void (*done)(void *owner, const struct err *e), void *owner, struct err *e)
{
	if (!is_our_dir(o->dir, e)) return NULL;
	struct arena *a = arena_new(0);
	struct ssh_keys *k = arena_new_of(a, struct ssh_keys);
	int64_t seconds = o->may_ask ? ASKING_SECONDS : BATCH_SECONDS;
	*k = (struct ssh_keys){ .loop = l, .arena = a, .socket = arena_printf(a, "%s/agent.%ld.%08x", o->dir, (long)getpid(), randombytes_random()), .may_ask = o->may_ask,
		                .timeout = o->timeout ? o->timeout : seconds * SECOND, .done = done, .owner = owner };
	copy_files(k, o);
	int r = UV_ENAMETOOLONG;
	if (strlen(k->socket) < sizeof ((struct sockaddr_un *)0)->sun_path) {
		k->keeper = calloc(1, sizeof *k->keeper);
		if (!k->keeper) abort();
		k->keeper->keys = k;
		r = keeper_start(k->keeper, l, k->socket);
	}
	if (r) {
		err_set(e, IRS_REFUSED, k->socket, "cannot start an agent for key files: %s", uv_strerror(r));
		ssh_keys_free(k);
		return NULL;
	}
	k->deadline = loop_after(l, START_SECONDS * SECOND, on_late, k);
	return k;
}

struct ssh_agent *ssh_keys_agent(struct ssh_keys *k) { return k->agent; }

const struct ssh_key_file *ssh_keys_files(const struct ssh_keys *k, size_t *n)
{
	*n = k->n;
	return k->files;
}

void ssh_keys_free(struct ssh_keys *k)
{
	if (!k) return;
	loop_timer_stop(k->deadline);
	child_drop(k->adding);
	ssh_agent_free(k->agent);
	if (k->keeper) keeper_leave(k->keeper);
	arena_free(k->arena);
}
