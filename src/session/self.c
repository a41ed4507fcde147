#include "self.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, size - 1);
	if (fd >= 0) close(fd);
	if (n <= 0) return false;
	line[n] = 0;
	line[strcspn(line, "\n")] = 0;
	return true;
}

/* When it started, in clock ticks after boot; -1: there is none, or only what is left until its parent has looked. */
static long long start_of(long long pid)
{
	char path[64], line[1024], state;
	long long start;
	snprintf(path, sizeof path, "/proc/%lld/stat", pid);
	const char *behind = read_line(path, line, sizeof line) ? strrchr(line, ')') : NULL; /* a name may hold anything */
	if (!behind) return -1;
	bool read = sscanf(behind, ") %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lld", &state, &start) == 2;
	return read && !strchr("ZXx", state) ? start : -1;
}

json_t *self_json(void)
{
	return json_pack("{s:I,s:I}", "pid", (json_int_t)getpid(), "start", (json_int_t)start_of(getpid()));
}

bool self_lives(const json_t *self, const char *boot)
{
	char now[64];
	json_int_t pid = json_integer_value(json_object_get(self, "pid"));
	const json_t *start = json_object_get(self, "start");
	if (pid <= 0 || !json_is_integer(start) || !read_line("/proc/sys/kernel/random/boot_id", now, sizeof now) || strcmp(now, boot) != 0) return false;
	return json_integer_value(start) >= 0 && json_integer_value(start) == start_of(pid);
}
