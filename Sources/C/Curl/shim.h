#pragma once
#include <curl/curl.h>

// Swift cannot call functions with variable arguments: one wrapper for each kind of argument.

static inline CURLcode convey_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode convey_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode convey_curl_set_callback(CURL *handle, CURLoption option,
                                                curl_write_callback value) {
    return curl_easy_setopt(handle, option, value);
}

static inline long convey_curl_get_long(CURL *handle, CURLINFO info) {
    long value = 0;
    curl_easy_getinfo(handle, info, &value);
    return value;
}

static inline CURLMcode convey_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
