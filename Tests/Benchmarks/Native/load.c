// Sends requests and times the answers. Bodies are made beforehand; only event ids are new in each
// sending, so that no two events are alike and the generator costs little beside the server.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "native.h"

enum { answer_size = 256 * 1024 };

typedef struct {
    int socket;
    SSL *tls;
    int is_busy;
    // The request under way.
    char *output;
    size_t output_room, output_count, output_sent;
    uint64_t due_ns;
    size_t events;
    // Its answer.
    size_t answer_count, answer_whole;
    int status, must_close;
    char answer[answer_size];
} line;

typedef struct {
    const bench_load *load;
    bench_load_result result;
    pthread_t thread;
    int connections, loop, error;
    SSL_CTX *context;
    line **idle;
    int idle_count;
    uint64_t start_ns, end_ns, next_ns;
    uint64_t random;
    // Passed by all when every connection stands, and again when the times are set.
    pthread_barrier_t *gate;
} worker;

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

static uint64_t next_random(worker *worker) {
    uint64_t mixed = worker->random += 0x9E3779B97F4A7C15;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31);
}

// MARK: Requests

static void hex(char *to, uint64_t value, int digits) {
    for (int i = digits - 1; i >= 0; i--, value >>= 4) to[i] = "0123456789abcdef"[value & 15];
}

// RFC 9562, section 5.7.
static void put_id(worker *worker, char *to) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME_COARSE, &time);
    uint64_t ms = (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
    uint64_t low = next_random(worker), high = next_random(worker);
    hex(to, ms >> 16, 8);
    to[8] = '-';
    hex(to + 9, ms, 4);
    memcpy(to + 13, "-7", 2);
    hex(to + 15, high, 3);
    memcpy(to + 18, "-8", 2);
    hex(to + 20, high >> 12, 3);
    to[23] = '-';
    hex(to + 24, low, 12);
}

static int put_request(worker *worker, line *line) {
    const bench_load *load = worker->load;
    const bench_body *body = &load->bodies[next_random(worker) % load->body_count];
    size_t need = strlen(load->head) + body->byte_count + 64;
    if (need > line->output_room) {
        char *larger = realloc(line->output, need);
        if (!larger) return ENOMEM;
        line->output = larger;
        line->output_room = need;
    }
    int head = snprintf(
        line->output, line->output_room, "%sContent-Length: %zu\r\n\r\n", load->head,
        body->byte_count);
    char *start = line->output + head;
    memcpy(start, body->bytes, body->byte_count);
    for (size_t i = 0; i < body->id_count; i++) put_id(worker, start + body->id_offsets[i]);
    line->output_count = (size_t)head + body->byte_count;
    line->output_sent = line->answer_count = line->answer_whole = 0;
    line->events = body->event_count;
    line->is_busy = 1;
    return 0;
}

// MARK: Connections

static void disconnect(line *line) {
    if (line->tls) SSL_free(line->tls);
    if (line->socket >= 0) close(line->socket);
    line->tls = NULL;
    line->socket = -1;
}

static int join_line(worker *worker, line *line) {
    int one = 1;
    line->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (line->socket < 0) return errno;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)worker->load->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    setsockopt(line->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(line->socket, (struct sockaddr *)&address, sizeof address) != 0
        && errno != EINPROGRESS)
        return errno;
    if (worker->context) {
        line->tls = SSL_new(worker->context);
        SSL_set_fd(line->tls, line->socket);
        SSL_set_tlsext_host_name(line->tls, "localhost");
        SSL_set_connect_state(line->tls);
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = line};
    return epoll_ctl(worker->loop, EPOLL_CTL_ADD, line->socket, &event) == 0 ? 0 : errno;
}

// 1: goes on; 0: must wait; -1: broken.
static int write_some(line *line) {
    const char *from = line->output + line->output_sent;
    size_t left = line->output_count - line->output_sent;
    ssize_t count;
    if (line->tls) {
        count = SSL_write(line->tls, from, (int)left);
        if (count <= 0) {
            int error = SSL_get_error(line->tls, (int)count);
            ERR_clear_error();
            return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
        }
    } else {
        count = send(line->socket, from, left, MSG_NOSIGNAL);
        if (count < 0) return errno == EAGAIN || errno == ENOTCONN ? 0 : -1;
    }
    line->output_sent += (size_t)count;
    return 1;
}

static int read_some(line *line) {
    size_t room = answer_size - line->answer_count;
    char *to = line->answer + line->answer_count;
    ssize_t count;
    if (room == 0) return -1;
    if (line->tls) {
        count = SSL_read(line->tls, to, (int)room);
        if (count <= 0) {
            int error = SSL_get_error(line->tls, (int)count);
            ERR_clear_error();
            return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
        }
    } else {
        count = recv(line->socket, to, room, 0);
        if (count < 0) return errno == EAGAIN || errno == ENOTCONN ? 0 : -1;
        if (count == 0) return -1;
    }
    line->answer_count += (size_t)count;
    return 1;
}

// MARK: Answers

// Learns status and length from the head once it is whole.
static void read_head(line *line) {
    const char *end = memmem(line->answer, line->answer_count, "\r\n\r\n", 4);
    if (!end || line->answer_count < 12) return;
    size_t length = 0;
    line->status = atoi(line->answer + 9);
    line->must_close = 0;
    for (const char *at = line->answer; at < end; at++) {
        if (*at != '\n') continue;
        if (strncasecmp(at + 1, "content-length:", 15) == 0) length = strtoul(at + 16, NULL, 10);
        if (strncasecmp(at + 1, "connection: close", 17) == 0) line->must_close = 1;
    }
    line->answer_whole = (size_t)(end - line->answer) + 4 + length;
}

static void count_answer(worker *worker, line *line) {
    uint64_t now = now_ns();
    int succeeded = line->status / 100 == 2;
    bench_load_result *result = &worker->result;
    if (succeeded) result->events_ever += line->events;
    if (now < worker->start_ns || now > worker->end_ns) return;
    result->answered++;
    result->bytes_sent += line->output_count;
    if (succeeded) {
        result->succeeded++;
        result->events += line->events;
    } else {
        result->refused++;
        if (!result->first_refusal) result->first_refusal = line->status;
    }
    bench_histogram_add(&result->latency, (now - line->due_ns) / 1000);
}

// MARK: The loop

static void free_line(worker *worker, line *line) {
    line->is_busy = 0;
    worker->idle[worker->idle_count++] = line;
}

static void reconnect(worker *worker, line *line) {
    int was_busy = line->is_busy;
    disconnect(line);
    worker->error = join_line(worker, line);
    if (was_busy) free_line(worker, line);
}

static void move(worker *worker, line *line) {
    int step = 1;
    while (line->is_busy && line->output_sent < line->output_count && step == 1)
        step = write_some(line);
    while (step >= 0) {
        step = read_some(line);
        if (step != 1) break;
        if (line->answer_whole == 0) read_head(line);
        if (line->answer_whole == 0 || line->answer_count < line->answer_whole) continue;
        if (!line->is_busy) { step = -1; break; }
        count_answer(worker, line);
        if (line->must_close) return reconnect(worker, line);
        line->answer_count = line->answer_whole = 0;
        free_line(worker, line);
    }
    if (step < 0) {
        if (line->is_busy) worker->result.broken++;
        reconnect(worker, line);
    }
}

static uint64_t gap_ns(worker *worker) {
    double rate = worker->load->rate / worker->load->threads;
    double uniform = ((double)(next_random(worker) >> 11) + 1) / (double)(1ULL << 53);
    return (uint64_t)(-log(uniform) / rate * 1e9);
}

// Ends every handshake before the first request, so that none counts as load.
static void shake_hands(worker *worker, line *lines) {
    uint64_t limit = now_ns() + 30000000000ULL;
    for (int i = 0; i < worker->connections && worker->context && !worker->error; i++) {
        while (SSL_do_handshake(lines[i].tls) != 1) {
            ERR_clear_error();
            struct epoll_event events[1];
            epoll_wait(worker->loop, events, 1, 1);
            if (now_ns() > limit) { worker->error = ETIMEDOUT; break; }
        }
    }
}

// Gives due requests to idle connections.
static void dispatch(worker *worker) {
    uint64_t now = now_ns();
    if (now > worker->end_ns) return;
    while (worker->idle_count > 0 && !worker->error) {
        uint64_t due = now;
        if (worker->load->rate > 0) {
            if (worker->next_ns > now) return;
            due = worker->next_ns;
            worker->next_ns += gap_ns(worker);
        }
        line *line = worker->idle[--worker->idle_count];
        worker->error = put_request(worker, line);
        line->due_ns = due;
        if (!worker->error) move(worker, line);
        if (worker->load->rate == 0) now = now_ns();
        if (now > worker->end_ns) return;
    }
}

static void wait_and_move(worker *worker) {
    struct epoll_event events[256];
    uint64_t now = now_ns(), wake = worker->end_ns + 1000000;
    if (worker->load->rate > 0 && worker->idle_count > 0 && worker->next_ns < wake)
        wake = worker->next_ns;
    uint64_t wait = wake > now ? wake - now : 0;
    if (wait > 100000000) wait = 100000000;
    struct timespec timeout = {(time_t)(wait / 1000000000), (long)(wait % 1000000000)};
    int count = epoll_pwait2(worker->loop, events, 256, &timeout, NULL);
    for (int i = 0; i < count && !worker->error; i++) move(worker, events[i].data.ptr);
}

static void drain(worker *worker) {
    uint64_t limit = now_ns() + 5000000000ULL;
    while (worker->idle_count < worker->connections && now_ns() < limit && !worker->error)
        wait_and_move(worker);
}

static void pin(const int *cores) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < 64 && cores[i] >= 0; i++) CPU_SET(cores[i], &set);
    if (CPU_COUNT(&set) > 0) sched_setaffinity(0, sizeof set, &set);
}

static void *run(void *argument) {
    worker *worker = argument;
    pin(worker->load->cores);
    line *lines = calloc((size_t)worker->connections, sizeof *lines);
    worker->idle = calloc((size_t)worker->connections, sizeof *worker->idle);
    worker->loop = epoll_create1(EPOLL_CLOEXEC);
    if (!lines || !worker->idle || worker->loop < 0) abort();
    for (int i = 0; i < worker->connections && !worker->error; i++) {
        worker->error = join_line(worker, &lines[i]);
        worker->idle[worker->idle_count++] = &lines[i];
    }
    shake_hands(worker, lines);
    pthread_barrier_wait(worker->gate);
    pthread_barrier_wait(worker->gate);
    worker->next_ns = now_ns();
    while (now_ns() < worker->end_ns && !worker->error) {
        dispatch(worker);
        wait_and_move(worker);
    }
    drain(worker);
    struct timespec cpu;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
    worker->result.cpu_seconds = (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9;
    for (int i = 0; i < worker->connections; i++) {
        disconnect(&lines[i]);
        free(lines[i].output);
    }
    close(worker->loop);
    free(worker->idle);
    free(lines);
    return NULL;
}

static void add(bench_load_result *sum, const bench_load_result *part) {
    sum->answered += part->answered;
    sum->succeeded += part->succeeded;
    sum->events += part->events;
    sum->events_ever += part->events_ever;
    sum->refused += part->refused;
    sum->broken += part->broken;
    sum->bytes_sent += part->bytes_sent;
    sum->cpu_seconds += part->cpu_seconds;
    if (!sum->first_refusal) sum->first_refusal = part->first_refusal;
    sum->latency.count += part->latency.count;
    sum->latency.sum_us += part->latency.sum_us;
    if (part->latency.max_us > sum->latency.max_us) sum->latency.max_us = part->latency.max_us;
    for (int i = 0; i < bench_bucket_count; i++)
        sum->latency.buckets[i] += part->latency.buckets[i];
}

static void sleep_until(uint64_t nanoseconds) {
    struct timespec time = {
        (time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {}
}

int bench_run_load(const bench_load *load, bench_load_result *result) {
    SSL_CTX *context = NULL;
    if (load->uses_tls) {
        // The server's name is not checked: both ends are ours, and the cost is the same.
        context = SSL_CTX_new(TLS_client_method());
        if (!context) return ENOMEM;
        SSL_CTX_set_mode(
            context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    worker *workers = calloc((size_t)load->threads, sizeof *workers);
    if (!workers) return ENOMEM;
    pthread_barrier_t gate;
    pthread_barrier_init(&gate, NULL, (unsigned)load->threads + 1);
    for (int i = 0; i < load->threads; i++) {
        worker *worker = &workers[i];
        worker->load = load;
        worker->context = context;
        worker->gate = &gate;
        worker->random = now_ns() * 31 + (uint64_t)i * 0x1234567;
        worker->connections = load->connections / load->threads
            + (i < load->connections % load->threads);
        if (pthread_create(&worker->thread, NULL, run, worker) != 0) abort();
    }
    pthread_barrier_wait(&gate);
    uint64_t start = now_ns() + (uint64_t)(load->warm_up_seconds * 1e9);
    uint64_t end = start + (uint64_t)(load->seconds * 1e9);
    for (int i = 0; i < load->threads; i++) {
        workers[i].start_ns = start;
        workers[i].end_ns = end;
    }
    pthread_barrier_wait(&gate);
    if (load->server_pid > 0) {
        sleep_until(start);
        double before = bench_cpu_seconds(load->server_pid);
        sleep_until(end);
        result->server_cpu_seconds = bench_cpu_seconds(load->server_pid) - before;
    }
    int error = 0;
    for (int i = 0; i < load->threads; i++) {
        pthread_join(workers[i].thread, NULL);
        if (!error) error = workers[i].error;
        add(result, &workers[i].result);
    }
    pthread_barrier_destroy(&gate);
    result->seconds = load->seconds;
    free(workers);
    if (context) SSL_CTX_free(context);
    return error;
}
