// A server that reads a request and says 204: what HTTP costs before a single line of ours runs.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "native.h"

enum { input_size = 128 * 1024 };

typedef struct {
    int socket;
    SSL *tls;
    size_t filled;
    // Bytes of a body still to come, after its head was taken.
    size_t body_left;
    char input[input_size];
} peer;

typedef struct {
    int listener;
    SSL_CTX *context;
} server;

static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";

static int listen_on(int port) {
    int one = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0
        || listen(listener, 1024) != 0)
        return close(listener), -1;
    return listener;
}

static void hang_up(peer *peer) {
    if (peer->tls) SSL_free(peer->tls);
    close(peer->socket);
    free(peer);
}

static ssize_t take(peer *peer) {
    char *to = peer->input + peer->filled;
    size_t room = input_size - peer->filled;
    if (!peer->tls) return recv(peer->socket, to, room, 0);
    int count = SSL_read(peer->tls, to, (int)room);
    if (count > 0) return count;
    int error = SSL_get_error(peer->tls, count);
    ERR_clear_error();
    errno = EAGAIN;
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

static void give(peer *peer, const char *bytes, size_t count) {
    if (peer->tls) SSL_write(peer->tls, bytes, (int)count);
    else if (send(peer->socket, bytes, count, MSG_NOSIGNAL) < 0) return;
}

static size_t content_length(const char *head, size_t count) {
    const char *place = memmem(head, count, "Content-Length: ", 16);
    if (!place) place = memmem(head, count, "content-length: ", 16);
    return place ? strtoul(place + 16, NULL, 10) : 0;
}

// Answers every request that is whole; keeps the rest.
static void answer_all(peer *peer) {
    size_t used = 0;
    while (used < peer->filled) {
        if (peer->body_left > 0) {
            size_t part = peer->filled - used;
            if (part > peer->body_left) part = peer->body_left;
            used += part;
            peer->body_left -= part;
            if (peer->body_left == 0) give(peer, answer, sizeof answer - 1);
            continue;
        }
        const char *head = peer->input + used;
        const char *end = memmem(head, peer->filled - used, "\r\n\r\n", 4);
        if (!end) break;
        size_t count = (size_t)(end - head) + 4;
        used += count;
        peer->body_left = content_length(head, count);
        if (peer->body_left == 0) give(peer, answer, sizeof answer - 1);
    }
    memmove(peer->input, peer->input + used, peer->filled - used);
    peer->filled -= used;
}

static void serve(peer *peer) {
    for (;;) {
        ssize_t count = take(peer);
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0 || peer->filled == input_size) return hang_up(peer);
        peer->filled += (size_t)count;
        answer_all(peer);
    }
}

static void welcome(const server *server, int loop) {
    int socket;
    while ((socket = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        peer *new = calloc(1, sizeof *new);
        if (!new) { close(socket); return; }
        new->socket = socket;
        if (server->context) {
            new->tls = SSL_new(server->context);
            SSL_set_fd(new->tls, socket);
            SSL_set_accept_state(new->tls);
        }
        struct epoll_event event = {.events = EPOLLIN | EPOLLET | EPOLLRDHUP, .data.ptr = new};
        epoll_ctl(loop, EPOLL_CTL_ADD, socket, &event);
    }
}

static void *run(void *argument) {
    const server *server = argument;
    int loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    epoll_ctl(loop, EPOLL_CTL_ADD, server->listener, &event);
    for (;;) {
        int count = epoll_wait(loop, events, 256, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr) serve(events[i].data.ptr);
            else welcome(server, loop);
        }
    }
    return NULL;
}

int bench_bare_http(int port, int threads, const char *certificate_file, const char *key_file) {
    SSL_CTX *context = NULL;
    if (certificate_file && key_file) {
        context = SSL_CTX_new(TLS_server_method());
        if (!context || SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1
            || SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1)
            return EINVAL;
        SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
    }
    pthread_t last = 0;
    for (int i = 0; i < threads; i++) {
        server *server = malloc(sizeof *server);
        if (!server) return ENOMEM;
        server->context = context;
        server->listener = listen_on(port);
        if (server->listener < 0) return errno;
        int error = pthread_create(&last, NULL, run, server);
        if (error) return error;
    }
    pthread_join(last, NULL);
    return 0;
}
