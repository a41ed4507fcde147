/* known_hosts files: whatever a line says, a key is trusted for a host only if some line has that very key. */
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/world/known_hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An ed25519 key that stands in the seeds. */
static const char KEY[] = "AAAAC3NzaC1lZDI1NTE5AAAAIBk4Yp6nUnf+YTq3iCLS1m3pPPnp0RuNlYpI0TNoCfhe";

static struct str decoded(unsigned char *p, size_t room)
{
	size_t n;
	if (sodium_base642bin(p, room, KEY, sizeof KEY - 1, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL)) abort();
	return (struct str){ (char *)p, n };
}

static void look(struct known_hosts *k, const struct ssh_route *r, bool there, const char *host, const char *alias, unsigned port, struct str key)
{
	struct known_host_query q = { .host = host, .alias = alias, .address = "10.0.0.1", .port = port };
	unsigned kinds = known_hosts_kinds(k, &q);
	struct known_host h = known_hosts_look(k, &q, key);
	struct buf out = { 0 };
	struct err e = { 0 };
	if (h.state == HOST_TRUSTED && (!there || !(kinds | h.kinds))) abort();
	if ((h.state == HOST_UNKNOWN) != !h.file) abort();
	known_host_command(&out, r, &q, &h, key);
	if (h.state != HOST_TRUSTED && (known_host_error(&e, r, &q, &h, key) || !e.what[0])) abort();
	if ((h.state == HOST_UNKNOWN || h.state == HOST_CHANGED) != (out.n > 0)) abort();
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	unsigned char raw[64];
	const char *paths[1] = { path };
	struct ssh_route r = { .name = "h", .user_known_hosts = { paths, 1 } };
	struct err e;
	int fd = memfd_create("known_hosts", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct str key = decoded(raw, sizeof raw);
	bool there = size && memmem(data, size, KEY, sizeof KEY - 1);
	struct known_hosts_files *f = known_hosts_files_new();
	struct known_hosts *k = known_hosts_load(f, &r, &e);
	if (!k) abort();
	look(k, &r, there, "host", NULL, 22, key);
	look(k, &r, there, "HOST.example.com", NULL, 2222, key);
	look(k, &r, there, "host", "other", 22, key);
	known_hosts_files_free(f);
	close(fd);
	return 0;
}
