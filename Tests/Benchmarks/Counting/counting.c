// Preloaded into a program under measurement: counts what it asks of the allocator, the kernel and
// SQLite. The counts lie in a file that the program maps, so that they can be read at any time.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

// In the order that the reader knows: Tests/Benchmarks/Counts.swift.
enum { allocations, bytes, syncs, disk_writes, socket_writes, reads, waits, statements, count };

static uint64_t before_start[count];
static uint64_t *counts = before_start;

static void add(int which, uint64_t number) {
    __atomic_fetch_add(&counts[which], number, __ATOMIC_RELAXED);
}

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("CONVEY_COUNTS");
    int file = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0 || ftruncate(file, sizeof before_start) != 0) return;
    void *place = mmap(NULL, sizeof before_start, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (place != MAP_FAILED) counts = place;
}

// MARK: The allocator

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static void allocated(size_t size) {
    add(allocations, 1);
    add(bytes, size);
}

void *malloc(size_t size) {
    allocated(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    allocated(number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    allocated(size);
    return __libc_realloc(old, size);
}

int posix_memalign(void **place, size_t alignment, size_t size) {
    allocated(size);
    *place = __libc_memalign(alignment, size);
    return *place ? 0 : 12;
}

void *aligned_alloc(size_t alignment, size_t size) {
    allocated(size);
    return __libc_memalign(alignment, size);
}

// MARK: The kernel and SQLite

#define PASS(which, type, name, parameters, arguments)                \
    type name parameters {                                            \
        static type(*real) parameters;                                \
        if (!real) real = (type(*) parameters)dlsym(RTLD_NEXT, #name); \
        add(which, 1);                                                \
        return real arguments;                                        \
    }

PASS(syncs, int, fsync, (int file), (file))
PASS(syncs, int, fdatasync, (int file), (file))
PASS(disk_writes, ssize_t, pwrite, (int file, const void *from, size_t size, off_t at),
    (file, from, size, at))
PASS(disk_writes, ssize_t, pwrite64, (int file, const void *from, size_t size, off64_t at),
    (file, from, size, at))
PASS(socket_writes, ssize_t, send, (int file, const void *from, size_t size, int flags),
    (file, from, size, flags))
PASS(socket_writes, ssize_t, sendmsg, (int file, const struct msghdr *message, int flags),
    (file, message, flags))
PASS(socket_writes, ssize_t, write, (int file, const void *from, size_t size), (file, from, size))
PASS(socket_writes, ssize_t, writev, (int file, const struct iovec *parts, int number),
    (file, parts, number))
PASS(reads, ssize_t, recv, (int file, void *to, size_t size, int flags), (file, to, size, flags))
PASS(reads, ssize_t, read, (int file, void *to, size_t size), (file, to, size))
PASS(reads, ssize_t, readv, (int file, const struct iovec *parts, int number), (file, parts, number))
PASS(waits, int, epoll_wait, (int file, struct epoll_event *events, int most, int milliseconds),
    (file, events, most, milliseconds))

typedef struct sqlite3_stmt sqlite3_stmt;

int sqlite3_step(sqlite3_stmt *statement) {
    static int (*real)(sqlite3_stmt *);
    if (!real) real = (int (*)(sqlite3_stmt *))dlsym(RTLD_NEXT, "sqlite3_step");
    int outcome = real(statement);
    if (outcome == 101) add(statements, 1);
    return outcome;
}
