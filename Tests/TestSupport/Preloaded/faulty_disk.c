/* A disk that fails on command, for LD_PRELOAD: see FaultyDisk.swift, which compiles and steers it.
 *
 * FAULTY_DISK_CONTROL names a file that is mapped by every process under test and written by the
 * test: one slot a kind of call. FAULTY_DISK_PREFIX limits faults to files whose path begins so. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { CALL_WRITE, CALL_SYNC, CALL_OPEN, CALL_RENAME, CALL_TRUNCATE, CALL_ALLOCATE, CALLS };
enum fault {
    FAULT_NONE, FAULT_ERROR, FAULT_SHORT, FAULT_KILL_BEFORE, FAULT_KILL_AFTER, FAULT_COUNTED, FAULT_LIE
};

/* Little ints in the order that FaultyDisk.swift writes them. */
struct slot {
    _Atomic int32_t fault;
    _Atomic int32_t error;  /* errno of FAULT_ERROR */
    _Atomic int32_t passes; /* calls that still go well */
    _Atomic int32_t times;  /* faults that are still to come; negative: for ever */
    _Atomic int32_t hits;   /* faults that came */
};

static struct slot *slots;
static char prefix[PATH_MAX];
static size_t prefix_length;

__attribute__((constructor)) static void attach(void) {
    const char *control = getenv("FAULTY_DISK_CONTROL");
    const char *wanted = getenv("FAULTY_DISK_PREFIX");
    if (!control || !wanted || strlen(wanted) >= sizeof prefix) return;
    strcpy(prefix, wanted);
    prefix_length = strlen(prefix);
    int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int file = real_open(control, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (map != MAP_FAILED) slots = map;
}

static int is_ours(const char *path) {
    return path && strncmp(path, prefix, prefix_length) == 0;
}

static int is_ours_at(int directory, const char *path) {
    char full[PATH_MAX * 2], link[64];
    if (path && path[0] == '/') return is_ours(path);
    if (directory == AT_FDCWD) {
        if (!getcwd(full, PATH_MAX)) return 0;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
        ssize_t length = readlink(link, full, PATH_MAX - 1);
        if (length < 0) return 0;
        full[length] = 0;
    }
    if (path && *path) {
        strcat(full, "/");
        strncat(full, path, PATH_MAX - 1);
    }
    return is_ours(full);
}

static int is_ours_file(int file) { return is_ours_at(file, NULL); }

/* The fault of this call, if its turn has come. */
static enum fault due(enum call call, int ours) {
    struct slot *slot = &slots[call];
    if (!ours) return FAULT_NONE;
    if (atomic_fetch_sub(&slot->passes, 1) > 0) return FAULT_NONE;
    atomic_store(&slot->passes, 0);
    int32_t left = atomic_load(&slot->times);
    do {
        if (left == 0) return FAULT_NONE;
    } while (left > 0 && !atomic_compare_exchange_weak(&slot->times, &left, left - 1));
    atomic_fetch_add(&slot->hits, 1);
    errno = atomic_load(&slot->error);
    return atomic_load(&slot->fault);
}

#define IS_ARMED(call) (slots && atomic_load(&slots[call].fault) != FAULT_NONE)
#define REAL(type, name, ...) type (*real)(__VA_ARGS__) = dlsym(RTLD_NEXT, name)

/* Runs `expression` with the fault that is due. A short write writes the first half. */
#define WITH_FAULT(type, call, ours, expression, shortened)                                      \
    enum fault fault = IS_ARMED(call) ? due(call, ours) : FAULT_NONE;                            \
    if (fault == FAULT_ERROR) return -1;                                                         \
    if (fault == FAULT_KILL_BEFORE) raise(SIGKILL);                                              \
    type outcome = fault == FAULT_SHORT ? (shortened) : (expression);                            \
    if (fault == FAULT_KILL_AFTER) raise(SIGKILL);                                               \
    return outcome;

ssize_t write(int file, const void *bytes, size_t count) {
    REAL(ssize_t, "write", int, const void *, size_t);
    WITH_FAULT(ssize_t, CALL_WRITE, is_ours_file(file), real(file, bytes, count),
               real(file, bytes, count / 2))
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    WITH_FAULT(ssize_t, CALL_WRITE, is_ours_file(file), real(file, bytes, count, offset),
               real(file, bytes, count / 2, offset))
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    return pwrite(file, bytes, count, offset);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    WITH_FAULT(ssize_t, CALL_WRITE, is_ours_file(file), real(file, parts, count),
               write(file, parts[0].iov_base, parts[0].iov_len / 2))
}

int fsync(int file) {
    REAL(int, "fsync", int);
    WITH_FAULT(int, CALL_SYNC, is_ours_file(file), fault == FAULT_LIE ? 0 : real(file), real(file))
}

int fdatasync(int file) {
    REAL(int, "fdatasync", int);
    WITH_FAULT(int, CALL_SYNC, is_ours_file(file), fault == FAULT_LIE ? 0 : real(file), real(file))
}

static mode_t mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

int openat(int directory, const char *path, int flags, ...) {
    REAL(int, "openat", int, const char *, int, ...);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    WITH_FAULT(int, CALL_OPEN, is_ours_at(directory, path), real(directory, path, flags, mode),
               real(directory, path, flags, mode))
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return openat(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return openat(AT_FDCWD, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return openat(directory, path, flags, mode);
}

int creat(const char *path, mode_t mode) {
    return openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    WITH_FAULT(int, CALL_RENAME, is_ours_at(AT_FDCWD, to), real(from, to), real(from, to))
}

int renameat(int from_directory, const char *from, int to_directory, const char *to) {
    REAL(int, "renameat", int, const char *, int, const char *);
    WITH_FAULT(int, CALL_RENAME, is_ours_at(to_directory, to),
               real(from_directory, from, to_directory, to),
               real(from_directory, from, to_directory, to))
}

int ftruncate(int file, off_t length) {
    REAL(int, "ftruncate", int, off_t);
    WITH_FAULT(int, CALL_TRUNCATE, is_ours_file(file), real(file, length), real(file, length))
}

int ftruncate64(int file, off64_t length) { return ftruncate(file, length); }

int fallocate(int file, int mode, off_t offset, off_t length) {
    REAL(int, "fallocate", int, int, off_t, off_t);
    WITH_FAULT(int, CALL_ALLOCATE, is_ours_file(file), real(file, mode, offset, length),
               real(file, mode, offset, length))
}

int fallocate64(int file, int mode, off64_t offset, off64_t length) {
    return fallocate(file, mode, offset, length);
}

/* Returns the error instead of setting errno. */
int posix_fallocate(int file, off_t offset, off_t length) {
    return fallocate(file, 0, offset, length) == 0 ? 0 : errno;
}

int posix_fallocate64(int file, off64_t offset, off64_t length) {
    return posix_fallocate(file, offset, length);
}
