/*
 * What shells and leashes answer. The input is a play of what a host says on its wires, and of what the runner wants meanwhile:
 *
 *     0…9  that wire from now on        o e  that stream              <…>  says these bytes       X    ends
 *     G    a good greeting              A Z  the nonces of a command  R    a good answer          K    a leash is armed
 *     r p  a command, a probe           T    one without time         c    cancels the last       t    a turn of the loop
 *     w    opens the host               h b  reaches it, buries       l d  leash: adds, disarms
 *
 * Whatever is said, every command and question is answered once, and no more is kept than may be.
 */
#include <stdint.h>

#include "../../src/world/host.h"
#include "../unit/world/fake_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUTPUT = 256, COMMANDS = 24, QUESTIONS = 24 };

struct play {
	struct loop *loop;
	struct fake_transport transport;
	struct host *host;
	size_t wire;
	int stream;
	struct request request[COMMANDS];
	struct effect effect[COMMANDS];
	bool answered[COMMANDS];
	size_t ncommand, asked, told;
	bool opened, disarming;
};

#define BOOT "01234567-89ab-cdef-0123-456789abcdef"

static struct fake_wire *wire_of(struct play *p) { return p->transport.n ? p->transport.wire[p->wire % p->transport.n] : NULL; }

/* ---- what the host says */

static void say_buf(struct play *p, int stream, struct buf *b)
{
	if (wire_of(p)) fake_say(wire_of(p), stream, b->p, b->n);
	buf_free(b);
}

static void say_greeting(struct play *p)
{
	struct fake_wire *w = wire_of(p);
	char nonce[NONCE_CHARS + 1];
	struct buf out = { 0 }, err = { 0 };
	if (!w) return;
	fake_nonce_greeting(w, nonce);
	buf_printf(&out, "\n%s %zu %zu 99 0 printf " BOOT " - box\n", nonce, 100 + p->wire, 100 + p->wire);
	buf_printf(&err, "\n%s\n", nonce);
	say_buf(p, 1, &out);
	say_buf(p, 2, &err);
}

static void say_nonce(struct play *p, int stream, void nonce_of(const struct fake_wire *f, char nonce[NONCE_CHARS + 1]), const char *rest)
{
	char nonce[NONCE_CHARS + 1];
	struct buf b = { 0 };
	if (!wire_of(p)) return;
	nonce_of(wire_of(p), nonce);
	buf_printf(&b, "\n%s%s", nonce, rest);
	say_buf(p, stream, &b);
}

static void say_answer(struct play *p)
{
	for (int stream = 1; stream <= 2; stream++) {
		say_nonce(p, stream, fake_nonce_begin, "\n");
		say_nonce(p, stream, fake_nonce_end, stream == 1 ? " 0\n" : "\n");
	}
}

static void say_armed(struct play *p)
{
	struct buf b = { 0 };
	buf_printf(&b, "armed %zu %zu 99\n", 100 + p->wire, 100 + p->wire);
	say_buf(p, 1, &b);
}

static size_t say_bytes(struct play *p, const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '>', size);
	size_t n = end ? (size_t)(end - data) : size;
	if (wire_of(p)) fake_say(wire_of(p), p->stream, (const char *)data, n);
	return end ? n + 1 : n;
}

/* ---- what the runner wants */

static void on_answered(struct request *r, const struct outcome *o)
{
	struct play *p = r->owner;
	if (p->answered[r - p->request]) abort();
	p->answered[r - p->request] = true;
	if (o->run.stdout_text->n > OUTPUT + 100 || o->run.stderr_text->n > (1 << 12)) abort();
}

static void run(struct play *p, enum lane lane, int64_t timeout)
{
	static struct text *command;
	if (!command) {
		command = calloc(1, sizeof *command + 5);
		command->n = 4;
		memcpy(command->p, "true", 4);
	}
	if (p->ncommand == COMMANDS) return;
	struct request *r = &p->request[p->ncommand];
	struct effect *e = &p->effect[p->ncommand++];
	*e = (struct effect){ .kind = EFFECT_RUN, .run = { .command = { .tag = V_STRING, .text = command }, .timeout = timeout } };
	*r = (struct request){ .effect = e, .lane = lane, .done = on_answered, .owner = p };
	host_run(p->host, r);
}

static void cancel(struct play *p)
{
	if (p->ncommand && !p->answered[p->ncommand - 1]) host_cancel(p->host, &p->request[p->ncommand - 1]);
}

static void on_told(void *owner, uint32_t host, const struct err *e)
{
	struct play *p = owner;
	(void)host, (void)e;
	p->told++;
}

static void on_disarmed(void *owner, uint32_t host, const struct err *e)
{
	((struct play *)owner)->disarming = false;
	on_told(owner, host, e);
}

static void on_opened(void *owner, uint32_t host, const struct host_facts *f, const struct err *e)
{
	if (!f == !e->what[0]) abort();
	on_told(owner, host, e);
}

static void bury(struct play *p)
{
	struct process_ref refs[] = { { PROCESS_SHELL, 200, 200, 9, BOOT }, { PROCESS_LEASH, 202, 201, 9, BOOT }, { PROCESS_SHELL, 200, 200, 9, "another" } };
	host_bury(p->host, refs, sizeof refs / sizeof *refs, on_told, p);
}

static void ask(struct play *p, char what)
{
	struct leash_terms terms = { 3600000000000, -1 };
	if (p->asked == QUESTIONS || (what == 'w' && p->opened) || (what == 'd' && p->disarming)) return;
	p->asked++;
	p->opened |= what == 'w';
	p->disarming |= what == 'd';
	if (what == 'w') host_open(p->host, on_opened, p);
	if (what == 'h') host_reach(p->host, on_told, p);
	if (what == 'b') bury(p);
	if (what == 'l') host_leash_add(p->host, STR("true"), &terms, on_told, p);
	if (what == 'd') host_leash_disarm(p->host, on_disarmed, p);
}

static void on_turned(void *loop) { loop_stop(loop); }

static void turn(struct play *p)
{
	loop_after(p->loop, 0, on_turned, p->loop);
	loop_run(p->loop);
}

static size_t act(struct play *p, const uint8_t *data, size_t size)
{
	switch (*data) {
	case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9': p->wire = (size_t)(*data - '0'); break;
	case 'o': p->stream = 1; break;
	case 'e': p->stream = 2; break;
	case '<': return 1 + say_bytes(p, data + 1, size - 1);
	case 'X': if (wire_of(p)) fake_end(wire_of(p)); break;
	case 'G': say_greeting(p); break;
	case 'A': say_nonce(p, p->stream, fake_nonce_begin, "\n"); break;
	case 'Z': say_nonce(p, p->stream, fake_nonce_end, ""); break;
	case 'R': say_answer(p); break;
	case 'K': say_armed(p); break;
	case 'r': run(p, LANE_STEP, 3600000000000); break;
	case 'p': run(p, LANE_PROBE, 3600000000000); break;
	case 'T': run(p, LANE_STEP, 1); break;
	case 'c': cancel(p); break;
	case 't': turn(p); break;
	case 'w': case 'h': case 'b': case 'l': case 'd': ask(p, (char)*data); break;
	}
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host_options o = { .output = OUTPUT, .kill_grace = 1 };
	struct play p = { .loop = loop_new(NULL), .transport = fake_transport(FAKE_WIRES), .stream = 1 };
	p.transport.base.afresh = &p.transport.base;
	p.host = host_new(p.loop, &p.transport.base, 0, &o, NULL);
	for (size_t at = 0; at < size;) at += act(&p, data + at, size - at);
	host_free(p.host);
	for (size_t i = 0; i < p.ncommand; i++)
		if (!p.answered[i]) abort();
	if (p.told != p.asked) abort();
	for (size_t i = 0; i < p.transport.n; i++)
		if (!p.transport.wire[i]->let_go) abort();
	fake_transport_free(&p.transport);
	loop_free(p.loop);
	return 0;
}
