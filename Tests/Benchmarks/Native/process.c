#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "native.h"

int bench_pin(const int *cores) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; cores[i] >= 0; i++) CPU_SET(cores[i], &set);
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

int bench_pin_process(int pid, const int *cores) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; cores[i] >= 0; i++) CPU_SET(cores[i], &set);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *threads = opendir(path);
    if (!threads) return errno;
    for (struct dirent *entry = readdir(threads); entry; entry = readdir(threads)) {
        int thread = atoi(entry->d_name);
        if (thread > 0) sched_setaffinity(thread, sizeof set, &set);
    }
    closedir(threads);
    return 0;
}

double bench_cpu_seconds(int pid) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    size_t count = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[count] = 0;
    const char *end = strrchr(text, ')');
    unsigned long user = 0, system = 0;
    if (!end
        || sscanf(
               end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system)
            != 2)
        return 0;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

double bench_own_cpu_seconds(void) {
    struct timespec used;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return 0;
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static int is_open(int port) {
    int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int is_open = connect(socket_, (struct sockaddr *)&address, sizeof address) == 0;
    close(socket_);
    return is_open;
}

int bench_wait_for_port(int port, double seconds) {
    struct timespec pause = {0, 5000000};
    for (double waited = 0; waited < seconds; waited += 0.005) {
        if (is_open(port)) return 0;
        nanosleep(&pause, NULL);
    }
    return ETIMEDOUT;
}
