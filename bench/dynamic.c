// SPDX-License-Identifier: GPL-2.0
/*
 * dynamic - a program that needs ten libraries, and with NUMBER defined one of these
 *
 * Each library has what the dynamic linker changes page tables for: text, read-only data,
 * data to be relocated and write-protected again, data, and bss.
 */
#ifdef NUMBER
#define JOIN(a, b)	a##b
#define FUNCTION(n)	JOIN(library_, n)

static char bss[3 * 4096], data[4096] = "data";
static const char text[4096] = "text";
/* relocated, then read-only */
static const char *const relro[] = { text, data, bss, text + 1, data + 1 };

int FUNCTION(NUMBER)(int i);
int FUNCTION(NUMBER)(int i)
{
	bss[4096 * (i % 3)]++;
	data[0]++;
	return *relro[i % 5];
}
#else
#define EACH(f)	f(0) f(1) f(2) f(3) f(4) f(5) f(6) f(7) f(8) f(9)
#define DECLARE(n)	int library_##n(int i);
#define CALL(n)		+ library_##n(n)
EACH(DECLARE)

int main(void)
{
	return EACH(CALL) == 0;
}
#endif
