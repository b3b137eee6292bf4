/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guest.h - what the programs that run inside the booted machine share
 *
 * Exit codes are those of kselftest: 0 pass, 1 fail, 4 skip. A line "# SKIP why"
 * gives the reason of a skip. Everything a program prints starts with "# ", so
 * that init can pass it on as KTAP diagnostics.
 */
#ifndef GUEST_H
#define GUEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PASS	0
#define FAIL	1
#define SKIP	4

#define __unused	__attribute__((unused))
#define __noreturn	__attribute__((noreturn))
#define __printf(a, b)	__attribute__((format(printf, a, b)))

static __printf(1, 2) void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("# ", stdout);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	va_end(ap);
}

#define fail(...)	do { note(__VA_ARGS__); exit(FAIL); } while (0)
#define skip(...)	do { note("SKIP " __VA_ARGS__); exit(SKIP); } while (0)

/* The setup of the test went wrong: never a pass, never a silent skip. */
#define need(cond, what)						\
	do {								\
		if (!(cond))						\
			fail("%s: %s", what, strerror(errno));		\
	} while (0)

/* read_file - up to size - 1 bytes of a file as a string; false if there is none */
static __unused bool read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	buf[0] = '\0';
	if (fd < 0)
		return false;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n < 0)
		return false;
	buf[n] = '\0';
	return true;
}

static __unused bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

/* cmdline - the value of the kernel parameter name ("" without one), or NULL; valid until the next call */
static __unused char *cmdline(const char *name)
{
	static char buf[4096];
	size_t len = strlen(name);
	char *word, *save;

	if (!read_file("/proc/cmdline", buf, sizeof(buf)))
		return NULL;
	for (word = strtok_r(buf, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (!strncmp(word, name, len) && (word[len] == '=' || !word[len]))
			return word + len + (word[len] == '=');
	return NULL;
}

/* run_on - from now on the task (0: this thread) runs on this CPU only; false if it cannot */
static __unused bool run_on(pid_t task, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(task, sizeof(set), &set);
}

static __unused bool xen_pv(void)
{
	char type[16];

	return read_file("/sys/hypervisor/guest_type", type, sizeof(type)) &&
	       !strncmp(type, "PV\n", 3);
}

/*
 * kmsg_open - the kernel log from here on
 * kmsg_splats - how many complaints of the kernel it holds since; prints them
 */
static __unused int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* complaints - what tests/complaints.list has for the programs, as one expression */
static __unused regex_t *complaints(void)
{
	char line[512], all[4096] = "", *end;
	static bool compiled;
	static regex_t regex;
	FILE *list;

	if (compiled)
		return &regex;
	list = fopen("/complaints.list", "re");
	need(list, "/complaints.list");
	while (fgets(line, sizeof(line), list)) {
		end = strstr(line, " # ");
		if (!end || strncmp(line, "complaint ", 10))
			continue;
		while (end[-1] == ' ')
			end--;
		*end = '\0';
		need(strlen(all) + strlen(line) < sizeof(all), "/complaints.list is too long");
		strcat(strcat(all, *all ? "|" : ""), line + 10);
	}
	fclose(list);
	need(!regcomp(&regex, all, REG_EXTENDED | REG_NOSUB), "/complaints.list");
	compiled = true;
	return &regex;
}

static __unused int kmsg_splats(int fd)
{
	char rec[8192], *text;
	int splats = 0;
	ssize_t n;

	for (;;) {
		n = read(fd, rec, sizeof(rec) - 1);
		if (n < 0 && (errno == EINTR || errno == EPIPE))
			continue;	/* EPIPE: records were overwritten */
		if (n <= 0)
			return splats;
		rec[n] = '\0';
		/* "facility and level,sequence,time,flags;text": facility 0 is the kernel */
		text = strchr(rec, ';');
		if (!text || strtoul(rec, NULL, 10) >> 3)
			continue;
		*strchrnul(++text, '\n') = '\0';
		if (!regexec(complaints(), text, 0, NULL, 0)) {
			note("kernel: %s", text);
			splats++;
		}
	}
}

static __unused double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/*
 * in_child - run fn in a forked child; its exit code, or FAIL
 *
 * A child that does not end in time, or that even SIGKILL does not end because
 * the kernel went wrong under it, is a failure and is left behind.
 */
static __unused int in_child(int (*fn)(void), int limit)
{
	double end = seconds() + limit;
	bool killed = false;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	need(pid >= 0, "fork");
	if (!pid)
		exit(fn());
	while (!waitpid(pid, &status, WNOHANG)) {
		if (seconds() > end) {
			if (killed)
				fail("child %d cannot be killed", pid);
			note("child %d took more than %d seconds", pid, limit);
			kill(pid, SIGKILL);
			killed = true;
			end += 5;
		}
		usleep(10000);
	}
	if (WIFSIGNALED(status)) {
		note("child died of signal %d (%s)", WTERMSIG(status),
		     strsignal(WTERMSIG(status)));
		return FAIL;
	}
	return WEXITSTATUS(status);
}

#endif
