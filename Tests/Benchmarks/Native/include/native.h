// What the benchmarks need below Swift: bare baselines, and a load generator that costs little.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Latencies in microseconds, in buckets that are at most 1/32 of their value wide.
enum { bench_bucket_count = 32 * 28 };

typedef struct {
    uint64_t count;
    uint64_t sum_us;
    uint64_t max_us;
    uint64_t buckets[bench_bucket_count];
} bench_histogram;

void bench_histogram_add(bench_histogram *histogram, uint64_t microseconds);
// The smallest value that `fraction` (0...1) of all samples do not exceed; 0 without samples.
double bench_histogram_quantile(const bench_histogram *histogram, double fraction);

// MARK: Bare baselines

// Serves 204 to every request on 127.0.0.1:port, one epoll loop and one listener a thread, without
// a framework. With both files: over TLS. Returns only when it cannot start (errno).
int bench_bare_http(int port, int threads, const char *certificate_file, const char *key_file);

typedef struct {
    double seconds;
    double cpu_seconds;
    uint64_t rows;
    uint64_t commits;
} bench_disk_result;

// Appends rows of `row_bytes` to a file, `rows_per_commit` a write, fdatasync after each write.
int bench_bare_append(
    const char *path, int row_bytes, int rows_per_commit, double seconds, bench_disk_result *result);

// Inserts the same rows into SQLite: WAL, synchronous=FULL, one transaction for `rows_per_commit`.
int bench_bare_sqlite(
    const char *path, int row_bytes, int rows_per_commit, double seconds, bench_disk_result *result);

// MARK: Load

// A request body with places for event ids; every sending puts fresh UUIDv7 ids there.
typedef struct {
    const char *bytes;
    size_t byte_count;
    // Offsets of 36-byte places.
    const uint32_t *id_offsets;
    size_t id_count;
    // Events in it, whether their ids are replaced or not.
    size_t event_count;
} bench_body;

typedef struct {
    int port;
    int uses_tls;
    int connections;
    int threads;
    double warm_up_seconds;
    double seconds;
    // Requests a second, over all threads, at random (exponential) distances; 0: as fast as
    // answers come.
    double rate;
    // Request line and headers, each ended by CRLF, without Content-Length and the empty line.
    const char *head;
    const bench_body *bodies;
    size_t body_count;
    // Cores for the threads; -1 ends it; all when the first is -1.
    int cores[64];
    // Whose CPU time to read when the measured time begins and ends; 0 for none.
    int server_pid;
} bench_load;

typedef struct {
    // Answers inside the measured time.
    uint64_t answered;
    uint64_t succeeded;
    // Events in the succeeded requests.
    uint64_t events;
    // Events of 2xx answers at any time, warm-up and end included: what the server must hold.
    uint64_t events_ever;
    // First status that was not 2xx, and broken connections.
    int first_refusal;
    uint64_t refused;
    uint64_t broken;
    uint64_t bytes_sent;
    double seconds;
    double cpu_seconds;
    double server_cpu_seconds;
    // From the moment that a request was due (rate > 0) or written (rate = 0) to its whole answer.
    bench_histogram latency;
} bench_load_result;

// Runs the load to its end on threads of its own. Returns 0 or errno.
int bench_run_load(const bench_load *load, bench_load_result *result);

// MARK: Processes

// CPU seconds that a process has used; 0 when it is gone.
double bench_cpu_seconds(int pid);

// CPU seconds of all threads of this process.
double bench_own_cpu_seconds(void);

// Pins the calling thread, and those it starts later, to cores; -1 ends the list.
int bench_pin(const int *cores);

// Pins every thread that a process has to cores; -1 ends the list.
int bench_pin_process(int pid, const int *cores);

// Waits until something listens on 127.0.0.1:port; 0 or ETIMEDOUT.
int bench_wait_for_port(int port, double seconds);
