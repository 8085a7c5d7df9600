// A thin C face over simdjson's DOM. No exception crosses it, nothing here allocates but a parser.
// An element is valid until its parser parses again or is freed.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct convey_json_parser convey_json_parser;

// A place on the tape of a parsed document.
typedef struct {
    const void *document;
    size_t index;
} convey_json_element;

// A string as it reads after unescaping: valid UTF-8, may hold NUL bytes.
typedef struct {
    const uint8_t *bytes;
    size_t count;
} convey_json_string;

// How a parse ended.
enum {
    CONVEY_JSON_OK = 0,
    CONVEY_JSON_OVERSIZED,
    CONVEY_JSON_NO_MEMORY,
    CONVEY_JSON_EMPTY,
    CONVEY_JSON_SYNTAX,
    CONVEY_JSON_DEPTH,
    CONVEY_JSON_STRING,
    CONVEY_JSON_NUMBER,
    CONVEY_JSON_UTF8,
    CONVEY_JSON_DUPLICATE_KEY,
};

// A parser that reads at most `bytes_max` bytes (below 4 GiB) and `depth_max` nested arrays and
// objects; NULL without memory. Its memory grows to about 15 times the largest document it read.
convey_json_parser *convey_json_parser_new(size_t bytes_max, size_t depth_max);
void convey_json_parser_free(convey_json_parser *parser);

// Parses and validates one whole document; `bytes` need no padding. On success `*root` is set.
int convey_json_parse(
    convey_json_parser *parser, const uint8_t *bytes, size_t count, bool unique_keys,
    convey_json_element *root);

// `{` `[` `"` `l` (int64) `u` (above INT64_MAX) `d` (double) `t` `f` `n`.
char convey_json_type(convey_json_element element);

// Each needs an element of its own type.
int64_t convey_json_int64(convey_json_element element);
uint64_t convey_json_uint64(convey_json_element element);
double convey_json_double(convey_json_element element);
convey_json_string convey_json_utf8(convey_json_element element);

// Number of members of an object or elements of an array.
size_t convey_json_count(convey_json_element container);

// The first place inside a container, the place past its last, and the place after any element. In
// an object keys and values alternate.
size_t convey_json_begin(convey_json_element container);
size_t convey_json_end(convey_json_element container);
size_t convey_json_after(convey_json_element element);

// The value of an object's last member with this key.
bool convey_json_find(
    convey_json_element object, const uint8_t *key, size_t count, convey_json_element *value);

#ifdef __cplusplus
}
#endif
