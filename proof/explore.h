/*
 * The explorer: runs a proof once for each sequence of answers that any() can give.
 *
 * A run ends at the end of the proof, or at an assume() that does not hold. A check() that
 * does not hold ends it all: the run is repeated, and tells with say() what happened.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a run may change. All of it is reset before the next: one place, so none is forgotten. */
#define STATE static __attribute__((section("state")))
extern char __start_state[], __stop_state[];

static const char *at_file;	/* the last access */
static int at_line;
static bool aloud;

#define say(...) do { if (aloud) printf(__VA_ARGS__); } while (0)

static struct { unsigned short of, now; } answer[500];
static unsigned int asked, answers;
static unsigned long runs;
static jmp_buf next;

static unsigned int any(unsigned int n)
{
	if (asked == answers) {
		answer[answers].of = n;
		answer[answers++].now = 0;
	}
	if (answer[asked].of != n || asked == 499) {
		fprintf(stderr, "proof: a run is not repeatable: something is not in STATE\n");
		exit(2);
	}
	return answer[asked++].now;
}

#define assume(x) do { if (!(x)) longjmp(next, 1); } while (0)
#define check(x, what) do { if (!(x)) broken(what); } while (0)

static void broken(const char *what)
{
	if (!aloud) {
		aloud = true;		/* once more, and tell */
		longjmp(next, 2);
	}
	printf("  %s:%d: BROKEN behind this: %s\n", at_file, at_line, what);
	exit(1);
}

static void explore(void (*proof)(void))
{
	do {
		int why = setjmp(next);

		asked = 0;
		if (why != 1) {
			runs++;
			at_file = "the start";
			at_line = 0;
			memset(__start_state, 0, __stop_state - __start_state);
			proof();
		}
		while (answers && ++answer[answers - 1].now == answer[answers - 1].of)
			answers--;
	} while (answers);
}

/*
 * A set of states. Those that the proof starts from are put in first; then a state that
 * ends a step has to be one of them, or the induction would have a hole.
 */
static unsigned long *known;
static size_t nknown, room;

static int by_value(const void *a, const void *b)
{
	unsigned long x = *(unsigned long *)a, y = *(unsigned long *)b;

	return (x > y) - (x < y);
}

static void learn(unsigned long key)
{
	if (nknown == room)
		known = realloc(known, (room = 2 * room + 1000) * sizeof(key));
	known[nknown++] = key;
}

static void sort_known(void)
{
	size_t n = 0;

	qsort(known, nknown, sizeof(*known), by_value);
	for (size_t i = 0; i < nknown; i++)
		if (!n || known[n - 1] != known[i])
			known[n++] = known[i];
	nknown = n;
}

static bool is_known(unsigned long key)
{
	return bsearch(&key, known, nknown, sizeof(key), by_value);
}
