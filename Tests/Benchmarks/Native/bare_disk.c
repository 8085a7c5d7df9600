// The disk without Convey: what an append, or SQLite, costs before a single line of ours runs.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "native.h"

static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fill(unsigned char *bytes, size_t count) {
    uint64_t state = 0x9E3779B97F4A7C15;
    for (size_t i = 0; i < count; i++) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        bytes[i] = (unsigned char)('a' + (state >> 33) % 26);
    }
}

int bench_bare_append(
    const char *path, int row_bytes, int rows_per_commit, double seconds, bench_disk_result *result
) {
    size_t chunk = (size_t)row_bytes * (size_t)rows_per_commit;
    unsigned char *bytes = malloc(chunk);
    if (!bytes) return ENOMEM;
    fill(bytes, chunk);
    int file = open(path, O_CREAT | O_WRONLY | O_APPEND | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return free(bytes), errno;
    double start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_THREAD_CPUTIME_ID), end = start;
    int error = 0;
    while (end - start < seconds) {
        if (write(file, bytes, chunk) != (ssize_t)chunk || fdatasync(file) != 0) {
            error = errno ? errno : EIO;
            break;
        }
        result->commits++;
        result->rows += (uint64_t)rows_per_commit;
        end = now(CLOCK_MONOTONIC);
    }
    result->seconds = end - start;
    result->cpu_seconds = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
    close(file);
    free(bytes);
    return error;
}

static int insert_rows(
    sqlite3 *database, sqlite3_stmt *insert, const unsigned char *row, int row_bytes, int rows
) {
    if (sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) return EIO;
    for (int i = 0; i < rows; i++) {
        sqlite3_bind_blob(insert, 1, row, row_bytes, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE) return EIO;
        sqlite3_reset(insert);
    }
    return sqlite3_exec(database, "COMMIT", NULL, NULL, NULL) == SQLITE_OK ? 0 : EIO;
}

int bench_bare_sqlite(
    const char *path, int row_bytes, int rows_per_commit, double seconds, bench_disk_result *result
) {
    sqlite3 *database = NULL;
    sqlite3_stmt *insert = NULL;
    unsigned char *row = malloc((size_t)row_bytes);
    if (!row) return ENOMEM;
    fill(row, (size_t)row_bytes);
    int error = EIO;
    if (sqlite3_open(path, &database) == SQLITE_OK
        && sqlite3_exec(
               database,
               "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
               "CREATE TABLE row (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;",
               NULL, NULL, NULL) == SQLITE_OK
        && sqlite3_prepare_v2(
               database, "INSERT INTO row (bytes) VALUES (?1)", -1, &insert, NULL) == SQLITE_OK) {
        double start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_THREAD_CPUTIME_ID), end = start;
        error = 0;
        while (!error && end - start < seconds) {
            error = insert_rows(database, insert, row, row_bytes, rows_per_commit);
            result->commits++;
            result->rows += (uint64_t)rows_per_commit;
            end = now(CLOCK_MONOTONIC);
        }
        result->seconds = end - start;
        result->cpu_seconds = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
    }
    sqlite3_finalize(insert);
    sqlite3_close(database);
    free(row);
    return error;
}
