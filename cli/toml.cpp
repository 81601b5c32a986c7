// The only C++ of the tree: toml++ parses, this file flattens. No exception leaves it.

#include "cli/toml.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#define TOML_EXCEPTIONS        0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace {

struct Document {
    toml_document c;
    std::vector<toml_entry> entries;
    std::deque<std::string> texts; // stay where they are when more are added
};

const char *keep(Document &document, std::string_view text) {
    return document.texts.emplace_back(text).c_str();
}

bool has_zero(std::string_view text) {
    return text.find('\0') != std::string_view::npos;
}

// A list of integers, or of numbers; false for any other. Elements past the largest list are
// counted, so that the field's check can say how many there are.
bool read_list(const toml::array &array, pes_value &value) {
    bool whole = true;
    for (const toml::node &node : array) {
        if (!node.is_number()) {
            return false;
        }
        whole = whole && node.is_integer();
    }
    value.type = whole ? PES_FIELD_INT_LIST : PES_FIELD_REAL_LIST;
    const auto count = static_cast<int64_t>(array.size());
    (whole ? value.integers.count : value.reals.count) = count;
    for (int64_t i = 0; i < count && i < PES_LIST_SIZE; i++) {
        const toml::node &node = array[static_cast<size_t>(i)];
        if (whole) {
            value.integers.value[i] = node.value<int64_t>().value_or(0);
        } else {
            value.reals.value[i] = node.value<double>().value_or(0.0);
        }
    }
    return true;
}

const char *describe(const toml::node &node) {
    switch (node.type()) {
    case toml::node_type::date:
        return "a date";
    case toml::node_type::time:
        return "a time";
    case toml::node_type::date_time:
        return "a date and time";
    case toml::node_type::table:
        return "a table";
    case toml::node_type::array:
        return "a list of other things than numbers";
    case toml::node_type::string:
        return "a text with a zero byte";
    default:
        return "a value of an unknown kind";
    }
}

void read_value(Document &document, const toml::node &node, toml_entry &entry) {
    const auto &begin = node.source().begin;
    entry.kind = TOML_VALUE;
    entry.value_line = begin.line;
    entry.value_column = begin.column;
    if (const auto *integer = node.as_integer()) {
        entry.value.type = PES_FIELD_INT;
        entry.value.integer = integer->get();
    } else if (const auto *real = node.as_floating_point()) {
        entry.value.type = PES_FIELD_REAL;
        entry.value.real = real->get();
    } else if (const auto *boolean = node.as_boolean()) {
        entry.value.type = PES_FIELD_BOOL;
        entry.value.boolean = boolean->get();
    } else if (const auto *text = node.as_string(); text && !has_zero(text->get())) {
        entry.value.type = PES_FIELD_TEXT;
        entry.value.text = keep(document, text->get());
    } else if (const auto *array = node.as_array(); !array || !read_list(*array, entry.value)) {
        entry.kind = TOML_OTHER;
        entry.what = describe(node);
    }
}

toml_entry begin_entry(toml_kind kind, const char *table, const char *key,
                       const toml::source_position &place) {
    toml_entry entry{};
    entry.kind = kind;
    entry.table = table;
    entry.key = key;
    entry.element = -1;
    entry.line = entry.value_line = place.line;
    entry.column = entry.value_column = place.column;
    return entry;
}

// The members of the table whose lists are spread; tables inside it lengthen the name.
void spread_table(Document &document, const toml::table &table, const char *name,
                  const std::string &prefix) {
    for (const auto &[key, node] : table) {
        const std::string full = prefix + std::string(key.str());
        if (const auto *inner = node.as_table()) {
            spread_table(document, *inner, name, full + ".");
            continue;
        }
        toml_entry entry =
            begin_entry(TOML_EMPTY, name, keep(document, full), key.source().begin);
        const auto *array = node.as_array();
        if (!array) {
            read_value(document, node, entry);
            document.entries.push_back(entry);
        } else if (array->empty()) {
            entry.value_line = array->source().begin.line;
            entry.value_column = array->source().begin.column;
            document.entries.push_back(entry);
        }
        for (size_t i = 0; array && i < array->size(); i++) {
            entry.element = static_cast<int64_t>(i);
            read_value(document, (*array)[i], entry);
            document.entries.push_back(entry);
        }
    }
}

void walk_table(Document &document, const toml::table &table, const char *name,
                const std::string &prefix);

// A list of tables inside a table: how many there are, then the members of each, "tune.0.name".
void walk_list(Document &document, const toml::key &key, const toml::array &rows,
               const char *name, const std::string &full) {
    toml_entry entry = begin_entry(TOML_VALUE, name, keep(document, full), key.source().begin);
    entry.value.type = PES_FIELD_ROWS;
    entry.value.count = static_cast<int64_t>(rows.size());
    document.entries.push_back(entry);
    for (size_t i = 0; i < rows.size(); i++) {
        walk_table(document, *rows[i].as_table(), name, full + "." + std::to_string(i) + ".");
    }
}

void walk_table(Document &document, const toml::table &table, const char *name,
                const std::string &prefix) {
    for (const auto &[key, node] : table) {
        const std::string full = prefix + std::string(key.str());
        if (node.is_array_of_tables()) {
            walk_list(document, key, *node.as_array(), name, full);
            continue;
        }
        toml_entry entry =
            begin_entry(TOML_VALUE, name, keep(document, full), key.source().begin);
        read_value(document, node, entry);
        document.entries.push_back(entry);
    }
}

// A table of a list of tables; tables inside it lengthen the name.
void walk_row(Document &document, const toml::table &table, const char *name, int64_t number,
              const std::string &prefix) {
    for (const auto &[key, node] : table) {
        const std::string full = prefix + std::string(key.str());
        if (const auto *inner = node.as_table()) {
            walk_row(document, *inner, name, number, full + ".");
            continue;
        }
        toml_entry entry =
            begin_entry(TOML_VALUE, name, keep(document, full), key.source().begin);
        entry.element = number;
        read_value(document, node, entry);
        document.entries.push_back(entry);
    }
}

void walk_rows(Document &document, const toml::array &rows, const char *name) {
    for (size_t i = 0; i < rows.size(); i++) {
        const auto number = static_cast<int64_t>(i);
        toml_entry entry = begin_entry(TOML_TABLE, name, "", rows[i].source().begin);
        entry.element = number;
        document.entries.push_back(entry);
        walk_row(document, *rows[i].as_table(), name, number, "");
    }
}

void walk_root(Document &document, const toml::table &root, const char *spread) {
    for (const auto &[key, node] : root) {
        const char *name = keep(document, key.str());
        if (const auto *table = node.as_table()) {
            document.entries.push_back(begin_entry(TOML_TABLE, name, "", key.source().begin));
            if (spread && std::strcmp(name, spread) == 0) {
                spread_table(document, *table, name, "");
            } else {
                walk_table(document, *table, name, "");
            }
        } else if (node.is_array_of_tables()) {
            walk_rows(document, *node.as_array(), name);
        } else {
            toml_entry entry = begin_entry(TOML_VALUE, "", name, key.source().begin);
            read_value(document, node, entry);
            document.entries.push_back(entry);
        }
    }
}

// toml++ keeps keys in alphabetical order; a reader expects the order of the text.
void restore_order(std::vector<toml_entry> &entries) {
    std::stable_sort(entries.begin(), entries.end(),
                     [](const toml_entry &a, const toml_entry &b) {
                         return a.line != b.line ? a.line < b.line : a.column < b.column;
                     });
}

void parse(Document &document, std::string_view text, const char *spread) {
    const toml::parse_result result = toml::parse(text);
    if (!result) {
        const toml::parse_error &error = result.error();
        std::string_view words = error.description();
        if (words.find("cannot redefine") != std::string_view::npos) {
            words = "this name is set twice; keep one of them";
        }
        std::snprintf(document.c.error, sizeof document.c.error, "%.*s",
                      static_cast<int>(std::min<size_t>(words.size(), 250)), words.data());
        document.c.error_line = error.source().begin.line;
        document.c.error_column = error.source().begin.column;
        return;
    }
    walk_root(document, result.table(), spread);
    restore_order(document.entries);
}

} // namespace

toml_document *toml_parse(const char *text, size_t length, const char *spread) {
    Document *document = nullptr;
    try {
        document = new Document{};
        parse(*document, std::string_view(text, length), spread);
    } catch (...) {
        delete document;
        return nullptr;
    }
    document->c.count = static_cast<int64_t>(document->entries.size());
    document->c.entry = document->entries.data();
    document->c.memory = document;
    return &document->c;
}

void toml_free(toml_document *document) {
    if (document != nullptr) {
        delete static_cast<Document *>(document->memory);
    }
}
