// SPDX-License-Identifier: GPL-2.0
/*
 * init - /init of the initramfs: run test programs, print KTAP, power off
 *
 * Runs each program NAME of the kernel parameter lazy_mmu.run=NAME,NAME... (or
 * NAME+NAME..., since QEMU splits its multiboot modules at commas) as /bin/NAME
 * in a child of its own, one after the other (NAME:ARGUMENT:... with arguments), and
 * prints one KTAP
 * document: exit code 0 is "ok", 4 is "ok ... # SKIP reason", anything else, a
 * program that is not there, one that takes longer than lazy_mmu.timeout=SECONDS
 * (300) and one during which the kernel logged a WARNING, BUG or the like is
 * "not ok". Without lazy_mmu.run= it prints nothing.
 *
 * MUTANT@NAME:... runs it three times: without this mutant of tests/mutants.patch, with it, and
 * without it again; with "none" for MUTANT once, without any. Each run has a result, after a line
 * "lazy_mmu_mutant: MUTANT@NAME:... RUN". If the entry before has the same program and its last run
 * passed, that run also counts as the first of this one.
 *
 * Needs /proc, /sys and CONFIG_PRINTK; makes the device nodes it needs itself
 * where there is no devtmpfs, so an empty initramfs with only /init and /bin/NAME
 * will do.
 *
 * The lines go to the kernel log and not to the console: only there can no
 * kernel message cut one in two, and a splat stands where it happened.
 *
 * Ends with a reboot, which is the end of a QEMU that has -no-reboot, of Xen too; on
 * sparc64, where the firmware panics as it has no disk to boot from, with the power off.
 */
#include "guest.h"
#include <poll.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MAX_TESTS	64
#define MAX_ARGS	32

#ifdef __sparc__
#define THE_END	RB_POWER_OFF
#else
#define THE_END	RB_AUTOBOOT
#endif

static __printf(1, 2) void say(const char *fmt, ...)
{
	char line[900];	/* a record of the log has room for 1024 */
	va_list ap;
	int fd;

	va_start(ap, fmt);
	strcpy(line, "<5>");
	vsnprintf(line + 3, sizeof(line) - 4, fmt, ap);
	va_end(ap);
	strcat(line, "\n");

	/* opened anew for each line, since a reader may write ten in five seconds */
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, line, strlen(line)) < 0)
		reboot(THE_END);	/* nobody would hear of it */
	close(fd);
}

static void mount_at(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	mount(type, dir, type, 0, NULL);
}

static void node(const char *path, int major, int minor)
{
	mknod(path, S_IFCHR | 0600, makedev(major, minor));
}

/*
 * The last line of a program's output that gives the reason of a skip. The KTAP
 * parser of the kernel takes a reason up to the end of the line.
 */
static char reason[256];

/* pass_on - complete lines of the output, as diagnostics; what is left stays in buf */
static void pass_on(char *buf, bool all)
{
	char *line = buf, *nl;

	while ((nl = strchr(line, '\n')) || (all && *line)) {
		if (nl)
			*nl = '\0';
		line += strspn(line, "# ");
		if (!strncmp(line, "SKIP ", 5))
			snprintf(reason, sizeof(reason), "%s", line + 5);
		if (*line)
			say("# %s", line);
		line = nl ? nl + 1 : strchr(line, '\0');
	}
	memmove(buf, line, strlen(line) + 1);
}

/* run - the exit code of /bin/NAME, of what is "NAME:ARGUMENT:...", or FAIL */
static int run(const char *what, int limit)
{
	char words[1024], *name, *argv[MAX_ARGS + 1] = { };
	double end = seconds() + limit;
	bool killed = false, ended = false;
	char buf[4096], path[64];
	int status = 0, p[2];
	size_t have = 0;
	ssize_t n;
	pid_t pid;

	reason[0] = buf[0] = '\0';
	snprintf(words, sizeof(words), "%s", what);
	argv[0] = name = strtok(words, ":");
	for (int i = 1; name && i < MAX_ARGS && (argv[i] = strtok(NULL, ":")); i++)
		;
	if (!name)
		return FAIL;
	snprintf(path, sizeof(path), "/bin/%s", name);
	if (strchr(name, '/') || access(path, X_OK)) {
		say("# the initramfs has no %s", path);
		return FAIL;
	}
	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) || (pid = fork()) < 0) {
		say("# cannot start %s: %s", path, strerror(errno));
		return FAIL;
	}
	if (!pid) {
		setpgid(0, 0);
		fcntl(p[1], F_SETFL, 0);
		dup2(p[1], 1);
		dup2(p[1], 2);
		execv(path, argv);
		_exit(127);
	}
	setpgid(pid, pid);
	close(p[1]);

	for (;;) {
		struct pollfd pfd = { .fd = p[0], .events = POLLIN };

		/* after the end, what is in the pipe; not what others may still write */
		poll(&pfd, 1, ended ? 0 : 50);
		n = read(p[0], buf + have, sizeof(buf) - 1 - have);
		if (n > 0) {
			buf[have + n] = '\0';
			pass_on(buf, have + n == sizeof(buf) - 1);
			have = strlen(buf);
			continue;
		}
		if (ended)
			break;
		if (n == 0)
			usleep(10000);
		ended = waitpid(pid, &status, WNOHANG) == pid;
		if (!ended && seconds() > end) {
			if (killed) {
				say("# %s cannot be killed", name);
				status = SIGKILL;
				break;
			}
			say("# %s took more than %d seconds", name, limit);
			kill(-pid, SIGKILL);
			killed = true;
			end += 5;
		}
	}
	pass_on(buf, true);
	close(p[0]);
	kill(-pid, SIGKILL);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (WIFSIGNALED(status)) {
		if (!killed)
			say("# %s died of signal %d", name, WTERMSIG(status));
		return FAIL;
	}
	return killed ? FAIL : WEXITSTATUS(status);
}

/* test - run WHAT, and print its result as that of test NR; returns the exit code */
static int test(int nr, const char *what, int limit)
{
	int log = kmsg_open();
	int code = run(what, limit);

	if (log >= 0) {
		int splats = kmsg_splats(log);

		if (splats) {
			say("# the kernel complained %d times during %s", splats, what);
			code = FAIL;
		}
		close(log);
	}
	if (code == SKIP)
		say("ok %d %s # SKIP %s", nr, what, reason);
	else
		say("%s %d %s", code ? "not ok" : "ok", nr, what);
	return code;
}

/* mutate - have the kernel make the mistake MUTANT, or "none" */
static bool mutate(const char *mutant)
{
	int fd = open("/sys/module/kernel/parameters/lazy_mmu_mutant", O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, mutant, strlen(mutant)) > 0;

	if (!done)
		say("# cannot set lazy_mmu_mutant to %s: %s", mutant, strerror(errno));
	close(fd);
	return done;
}

/* tests_of - how many results WHAT of lazy_mmu.run= has */
static int tests_of(const char *what)
{
	return strchr(what, '@') && strncmp(what, "none@", 5) ? 3 : 1;
}

/* test_mutant - the tests of MUTANT@NAME, from NR on */
static void test_mutant(int nr, const char *what, int limit)
{
	const char *name = strchr(what, '@') + 1;
	char *mutant = strndup(what, name - what - 1);
	static const char *passed;	/* in the last run */

	for (int i = 0; i < tests_of(what); i++) {
		bool set = mutate(i == 1 ? mutant : "none");

		say("# lazy_mmu_mutant: %s %d", what, i);
		if (!i && passed && !strcmp(passed, name))
			say("ok %d %s", nr, name);
		else if (set)
			passed = test(nr + i, name, limit) ? NULL : name;
		else
			say("ok %d %s # SKIP the mutant cannot be set", nr + i, name);
	}
	free(mutant);
}

int main(void)
{
	char *names[MAX_TESTS], *list, *name, *limit;
	int count = 0, seconds = 300, results = 0, null;

	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	mount_at("devtmpfs", "/dev");
	mount_at("tracefs", "/sys/kernel/tracing");
	mount_at("debugfs", "/sys/kernel/debug");
	node("/dev/console", 5, 1);
	node("/dev/null", 1, 3);
	node("/dev/kmsg", 1, 11);
	mkdir("/tmp", 01777);
	/* kmsg_splats() prints what the console has shown already */
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);

	limit = cmdline("lazy_mmu.timeout");
	if (limit && atoi(limit) > 0)
		seconds = atoi(limit);

	list = cmdline("lazy_mmu.run");
	for (name = list ? strtok(list, ",+") : NULL; name && count < MAX_TESTS;
	     name = strtok(NULL, ",+"))
		names[count++] = strdup(name);

	for (int i = 0; i < count; i++)
		results += tests_of(names[i]);
	if (count) {
		say("KTAP version 1");
		say("1..%d", results);
	}
	for (int i = 0, nr = 1; i < count; nr += tests_of(names[i]), i++) {
		if (strchr(names[i], '@'))
			test_mutant(nr, names[i], seconds);
		else
			test(nr, names[i], seconds);
	}

	sync();
	reboot(THE_END);
	for (;;)
		pause();
}
