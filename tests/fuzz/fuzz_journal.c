/*
 * Journals. The first byte says what the rest is: even, a file as it is; odd, lines whose seq and prev are made right, so that what they say is
 * read. Everything that reads a journal reads it: summary, timeline, and the way that `irs restore` goes before it touches anything.
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "irs/session.h"
#include "irs/summary.h"
#include "irs/timeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void chain_line(struct buf *out, const char *line, size_t n, int seq, char prev[65])
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	json_t *j = json_loadb(line, n, 0, NULL);
	if (!json_is_object(j)) {
		json_decref(j);
		j = json_object();
	}
	json_object_set_new(j, "seq", json_integer(seq));
	json_object_set_new(j, "prev", json_string(prev));
	char *text = json_dumps(j, JSON_COMPACT);
	size_t at = out->n;
	buf_printf(out, "%s\n", text);
	crypto_hash_sha256(hash, (const unsigned char *)out->p + at, out->n - at);
	sodium_bin2hex(prev, 65, hash, sizeof hash);
	free(text);
	json_decref(j);
}

static void chain_lines(struct buf *out, const char *p, size_t n)
{
	char prev[65];
	memset(prev, '0', 64);
	prev[64] = 0;
	for (int seq = 1; n; seq++) {
		const char *nl = memchr(p, '\n', n);
		size_t len = nl ? (size_t)(nl - p) : n;
		chain_line(out, p, len, seq, prev);
		p += len + (nl != NULL);
		n -= len + (nl != NULL);
	}
}

struct printing {
	struct timeline *t;
	struct buf out;
};

static bool print_line(void *ctx, enum event ev, const json_t *line)
{
	struct printing *p = ctx;
	timeline_put(p->t, &p->out, ev, line);
	buf_clear(&p->out);
	return true;
}

static void read_all(struct arena *a, const char *path)
{
	struct summary sum;
	struct session_origin origin;
	struct err e = { 0 };
	struct printing p = { .t = timeline_new(a, &(struct timeline_options){ .color = true, .columns = 40, .utc = true }) };
	summary_read(a, path, &sum, &e);
	journal_read(path, print_line, &p, &e);
	buf_free(&p.out);
	if (!session_origin_read(a, path, "/dev/null", &origin, &e)) return;
	struct session *s = session_new(a, &(struct session_options){ .hosts = &origin.hosts, .seed = origin.seed, .id = origin.id });
	session_recover_read(s, path, &e);
	session_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf file = { 0 };
	char path[64];
	if (!size) return 0;
	if (*data % 2) chain_lines(&file, (const char *)data + 1, size - 1);
	else buf_add(&file, data + 1, size - 1);
	int fd = memfd_create("journal", MFD_CLOEXEC);
	if (fd < 0 || write(fd, file.p ? file.p : "", file.n) != (ssize_t)file.n) abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct arena *a = arena_new(256 << 20);
	read_all(a, path);
	arena_free(a);
	close(fd);
	buf_free(&file);
	return 0;
}
