#include <stdint.h>
#include "native.h"

static unsigned bucket_of(uint64_t value) {
    if (value < 32) return (unsigned)value;
    unsigned exponent = 63 - (unsigned)__builtin_clzll(value);
    unsigned bucket = 32 * (exponent - 4) + (unsigned)(value >> (exponent - 5) & 31);
    return bucket < bench_bucket_count ? bucket : bench_bucket_count - 1;
}

static double highest_in(unsigned bucket) {
    if (bucket < 32) return bucket;
    unsigned exponent = bucket / 32 + 4;
    uint64_t width = 1ULL << (exponent - 5);
    return (double)((32 + (uint64_t)(bucket % 32)) * width + width - 1);
}

void bench_histogram_add(bench_histogram *histogram, uint64_t microseconds) {
    histogram->count++;
    histogram->sum_us += microseconds;
    if (microseconds > histogram->max_us) histogram->max_us = microseconds;
    histogram->buckets[bucket_of(microseconds)]++;
}

double bench_histogram_quantile(const bench_histogram *histogram, double fraction) {
    uint64_t wanted = (uint64_t)(fraction * (double)histogram->count + 0.5);
    if (histogram->count == 0) return 0;
    if (wanted < 1) wanted = 1;
    uint64_t seen = 0;
    for (unsigned bucket = 0; bucket < bench_bucket_count; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen >= wanted) {
            double value = highest_in(bucket);
            return value < (double)histogram->max_us ? value : (double)histogram->max_us;
        }
    }
    return (double)histogram->max_us;
}
