#include "csimdjson.h"

#include <simdjson.h>

#include <algorithm>
#include <new>
#include <string_view>
#include <vector>

using simdjson::dom::document;
using simdjson::internal::tape_ref;
using simdjson::internal::tape_type;

struct convey_json_parser {
    simdjson::dom::parser parser;
    size_t bytes_max;
    // Names of the object under inspection; kept, so that a document costs no allocation.
    std::vector<std::string_view> keys;
};

namespace {

tape_ref tape(convey_json_element element) noexcept {
    return tape_ref(static_cast<const document *>(element.document), element.index);
}

int outcome(simdjson::error_code error) noexcept {
    switch (error) {
    case simdjson::SUCCESS: return CONVEY_JSON_OK;
    case simdjson::CAPACITY: return CONVEY_JSON_OVERSIZED;
    case simdjson::MEMALLOC: return CONVEY_JSON_NO_MEMORY;
    case simdjson::EMPTY: return CONVEY_JSON_EMPTY;
    case simdjson::DEPTH_ERROR: return CONVEY_JSON_DEPTH;
    case simdjson::STRING_ERROR:
    case simdjson::UNESCAPED_CHARS:
    case simdjson::UNCLOSED_STRING: return CONVEY_JSON_STRING;
    case simdjson::NUMBER_ERROR:
    case simdjson::NUMBER_OUT_OF_RANGE: return CONVEY_JSON_NUMBER;
    case simdjson::UTF8_ERROR: return CONVEY_JSON_UTF8;
    default: return CONVEY_JSON_SYNTAX;
    }
}

// Whether two members of the object that begins at `index` have one name.
bool repeats_key(const document *document, size_t index, std::vector<std::string_view> &keys) {
    const size_t end = tape_ref(document, index).matching_brace_index() - 1;
    keys.clear();
    for (size_t at = index + 1; at < end; at = tape_ref(document, at + 1).after_element()) {
        keys.push_back(tape_ref(document, at).get_string_view());
    }
    if (keys.size() > 16) {
        std::sort(keys.begin(), keys.end());
        return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
    }
    for (size_t right = 1; right < keys.size(); right++) {
        for (size_t left = 0; left < right; left++) {
            if (keys[left] == keys[right]) { return true; }
        }
    }
    return false;
}

bool repeats_any_key(
    const document *document, size_t index, std::vector<std::string_view> &keys) {
    const size_t end = tape_ref(document, index).after_element();
    while (index < end) {
        const tape_ref here(document, index);
        switch (here.tape_ref_type()) {
        case tape_type::START_OBJECT:
            if (repeats_key(document, index, keys)) { return true; }
            index += 1;
            break;
        case tape_type::START_ARRAY: index += 1; break;
        default: index = here.after_element();
        }
    }
    return false;
}

int hexadecimal(uint8_t digit) noexcept {
    if (digit >= '0' && digit <= '9') { return digit - '0'; }
    const uint8_t lower = digit | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The code unit of the escape `\uXXXX` at `at`, or -1.
int escaped_unit(const uint8_t *at, const uint8_t *end) noexcept {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') { return -1; }
    int unit = 0;
    for (int digit = 2; digit < 6; digit++) { unit = unit * 16 + hexadecimal(at[digit]); }
    return unit;
}

// Whether a valid document holds half a surrogate pair, which simdjson 3.0 lets through as bytes
// that are no UTF-8. Documents without a backslash cost one memchr.
bool has_lone_surrogate(const uint8_t *at, const uint8_t *end) noexcept {
    while ((at = static_cast<const uint8_t *>(std::memchr(at, '\\', end - at)))) {
        const int unit = escaped_unit(at, end);
        if (unit >= 0xDC00 && unit <= 0xDFFF) { return true; }
        if (unit < 0xD800 || unit > 0xDBFF) {
            at += unit < 0 ? 2 : 6;
            continue;
        }
        const int low = escaped_unit(at + 6, end);
        if (low < 0xDC00 || low > 0xDFFF) { return true; }
        at += 12;
    }
    return false;
}

}  // namespace

extern "C" {

convey_json_parser *convey_json_parser_new(size_t bytes_max, size_t depth_max) {
    try {
        // simdjson knows no limit below its least buffer: `convey_json_parse` holds ours.
        const size_t capacity_max = std::max(bytes_max, simdjson::dom::MINIMAL_DOCUMENT_CAPACITY);
        auto made = new convey_json_parser{simdjson::dom::parser(capacity_max), bytes_max, {}};
        // It refuses at its depth, we one past it.
        if (made->parser.allocate(0, depth_max + 1) == simdjson::SUCCESS) { return made; }
        delete made;
    } catch (...) {
    }
    return nullptr;
}

void convey_json_parser_free(convey_json_parser *parser) { delete parser; }

int convey_json_parse(
    convey_json_parser *parser, const uint8_t *bytes, size_t count, bool unique_keys,
    convey_json_element *root) {
    if (count > parser->bytes_max) { return CONVEY_JSON_OVERSIZED; }
    if (count == 0) { return CONVEY_JSON_EMPTY; }
    try {
        simdjson::dom::element element;
        const auto error = parser->parser.parse(bytes, count).get(element);
        if (error) { return outcome(error); }
        if (has_lone_surrogate(bytes, bytes + count)) { return CONVEY_JSON_STRING; }
        if (unique_keys && repeats_any_key(&parser->parser.doc, 1, parser->keys)) {
            return CONVEY_JSON_DUPLICATE_KEY;
        }
        *root = {&parser->parser.doc, 1};
        return CONVEY_JSON_OK;
    } catch (...) {
        return CONVEY_JSON_NO_MEMORY;
    }
}

char convey_json_type(convey_json_element element) {
    return static_cast<char>(tape(element).tape_ref_type());
}

int64_t convey_json_int64(convey_json_element element) {
    return tape(element).next_tape_value<int64_t>();
}

uint64_t convey_json_uint64(convey_json_element element) {
    return tape(element).next_tape_value<uint64_t>();
}

double convey_json_double(convey_json_element element) {
    return tape(element).next_tape_value<double>();
}

convey_json_string convey_json_utf8(convey_json_element element) {
    const std::string_view view = tape(element).get_string_view();
    return {reinterpret_cast<const uint8_t *>(view.data()), view.size()};
}

size_t convey_json_count(convey_json_element container) {
    const size_t counted = tape(container).scope_count();
    if (counted < simdjson::internal::JSON_COUNT_MASK) { return counted; }
    // The tape has 24 bits for it; beyond them we count.
    const bool is_object = tape(container).tape_ref_type() == tape_type::START_OBJECT;
    size_t count = 0;
    const size_t end = convey_json_end(container);
    for (size_t at = convey_json_begin(container); at < end; count++) {
        at = tape_ref(tape(container).doc, is_object ? at + 1 : at).after_element();
    }
    return count;
}

size_t convey_json_begin(convey_json_element container) { return container.index + 1; }

size_t convey_json_end(convey_json_element container) {
    return tape(container).matching_brace_index() - 1;
}

size_t convey_json_after(convey_json_element element) { return tape(element).after_element(); }

bool convey_json_find(
    convey_json_element object, const uint8_t *key, size_t count, convey_json_element *value) {
    const tape_ref start = tape(object);
    const size_t end = start.matching_brace_index() - 1;
    bool found = false;
    for (size_t at = object.index + 1; at < end;) {
        const std::string_view name = tape_ref(start.doc, at).get_string_view();
        if (name.size() == count && std::memcmp(name.data(), key, count) == 0) {
            *value = {object.document, at + 1};
            found = true;
        }
        at = tape_ref(start.doc, at + 1).after_element();
    }
    return found;
}

}  // extern "C"
