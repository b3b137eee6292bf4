/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace.h - the trace events of one task, for the programs that look at them
 *
 * trace_enable() asks for events, trace_task() or trace_this_task() for those of one task, and
 * trace_on() and trace_off() stand around what is to be looked at. trace_read() then
 * hands over each event in its order, as "NAME: TEXT". Events that were lost are a
 * failure. Needs tracefs (ENABLE_DEFAULT_TRACERS).
 */
#ifndef TRACE_H
#define TRACE_H

#include "guest.h"

#define TRACING		"/sys/kernel/tracing/"
/* a filter: neither TRACE_FLAG_HARDIRQ nor TRACE_FLAG_SOFTIRQ */
#define TRACE_NO_IRQ	" !(common_flags & 0x18)"

static int tracing_on = -1;

static const char * const *trace_events;
static size_t nr_trace_events;

/* trace_enable - events are "SYSTEM/NAME", or "SYSTEM/NAME FILTER", and stay enabled */
static __unused void trace_enable(const char * const *events, size_t nr)
{
	char path[256];

	trace_events = events;
	nr_trace_events = nr;
	need(write_file(TRACING "tracing_on", "0"), TRACING "tracing_on");
	need(write_file(TRACING "buffer_size_kb", "8192"), "buffer_size_kb");
	for (size_t i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), TRACING "events/%.*s/enable",
			 (int)strcspn(events[i], " "), events[i]);
		need(write_file(path, "1"), path);
	}
	tracing_on = open(TRACING "tracing_on", O_WRONLY | O_CLOEXEC);
	need(tracing_on >= 0, TRACING "tracing_on");
}

static __unused void trace_task(pid_t pid)
{
	char path[256], filter[256];

	for (size_t i = 0; i < nr_trace_events; i++) {
		int len = strcspn(trace_events[i], " ");
		const char *more = trace_events[i] + len;

		snprintf(path, sizeof(path), TRACING "events/%.*s/filter", len, trace_events[i]);
		snprintf(filter, sizeof(filter), "common_pid == %d%s%s%s", pid,
			 *more ? " && (" : "", more, *more ? ")" : "");
		need(write_file(path, filter), path);
	}
}

static __unused void trace_this_task(void)
{
	trace_task(getpid());
}

static __unused void trace_on(void)
{
	/* opened for writing, the trace is emptied */
	close(open(TRACING "trace", O_WRONLY | O_TRUNC));
	need(write(tracing_on, "1", 1) == 1, "tracing_on");
}

static __unused void trace_off(void)
{
	need(write(tracing_on, "0", 1) == 1, "tracing_on");
}

static __unused void trace_read(void (*fn)(const char *event, void *arg), void *arg)
{
	static const char entries[] = "# entries-in-buffer/entries-written: ";
	FILE *trace = fopen(TRACING "trace", "r");
	unsigned long in, written;
	bool whole = false;
	char line[512], *event;

	need(trace, TRACING "trace");
	while (fgets(line, sizeof(line), trace)) {
		if (!strncmp(line, entries, strlen(entries)))
			whole = sscanf(line + strlen(entries), "%lu/%lu", &in, &written) == 2 &&
				in == written;
		if (line[0] == '#')
			continue;
		/* "comm-pid [cpu] flags seconds.micros: name: text" */
		event = strstr(line, ": ");
		if (!event)
			continue;
		line[strcspn(line, "\n")] = '\0';
		fn(event + 2, arg);
	}
	fclose(trace);
	if (!whole)
		fail("the trace buffer lost events");
}

/* trace_event - is it this one? what is behind its name, or NULL */
static __unused const char *trace_event(const char *event, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(event, name, len) && !strncmp(event + len, ": ", 2) ? event + len + 2 : NULL;
}

#endif
