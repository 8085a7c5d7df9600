/* A wall clock that is wrong, for LD_PRELOAD: see WrongClock.swift, which compiles it.
 *
 * WRONG_CLOCK_SECONDS is added to what the machine says. Monotonic clocks and timers are left alone:
 * Debian's libfaketime moves monotonic timers as well, so that nothing that sleeps wakes up. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long long error_seconds;

__attribute__((constructor)) static void attach(void) {
    const char *text = getenv("WRONG_CLOCK_SECONDS");
    if (text) error_seconds = atoll(text);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(clock, time);
    if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += error_seconds;
    return status;
}

int gettimeofday(struct timeval *time, void *zone) {
    int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
    int status = real(time, zone);
    if (status == 0 && time) time->tv_sec += error_seconds;
    return status;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
