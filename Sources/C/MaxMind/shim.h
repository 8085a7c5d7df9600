#include <maxminddb.h>

/// A text inside the file; `bytes` is null where the entry has none.
struct convey_maxmind_text {
    const char *bytes;
    uint32_t count;
};

/// `MMDB_get_value` is variadic, which Swift cannot call. A null `third` ends the path before it.
static inline struct convey_maxmind_text convey_maxmind_find(
    MMDB_entry_s *entry, const char *first, const char *second, const char *third) {
    struct convey_maxmind_text text = {0, 0};
    MMDB_entry_data_s data;
    if (MMDB_get_value(entry, &data, first, second, third, (char *)0) != MMDB_SUCCESS) return text;
    if (!data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING) return text;
    text.bytes = data.utf8_string;
    text.count = data.data_size;
    return text;
}
