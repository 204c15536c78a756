// The functions of WASI 0.2 that `files.c` calls, as the canonical ABI has them: parameters one by one, a result that is more
// than a number where the last parameter points.
#ifndef FILES_H
#define FILES_H

#include "component.h"

typedef unsigned long long u64;
typedef int handle;

#define VERSION "@0.2.12"
#define IMPORT(interface, name) __attribute__((import_module("wasi:" interface VERSION), import_name(name))) extern
#define METHOD(name) IMPORT("filesystem/types", "[method]descriptor." name)
#define STREAM(name) IMPORT("io/streams", "[method]" name)

// result<_, error-code>, and of a type or flags.
struct small { byte is_error, value; };
// result<own<T>, error-code>
struct opened { byte is_error; union { handle of; byte code; }; };
// result<string, error-code>
struct text { byte is_error; union { bytes of; byte code; }; };
// result<tuple<list<u8>, bool>, error-code>
struct part { byte is_error; union { struct { bytes of; byte is_end; }; byte code; }; };
// result<u64, error-code>
struct count { byte is_error; union { u64 of; byte code; }; };
struct datetime { u64 seconds; unsigned nanoseconds; };
struct maybe_time { byte is_there; struct datetime of; };
struct stat { byte type; u64 links, size; struct maybe_time accessed, modified, changed; };
// result<descriptor-stat, error-code>
struct told { byte is_error; union { struct stat of; byte code; }; };
// result<metadata-hash-value, error-code>
struct hash { byte is_error; union { struct { u64 lower, upper; }; byte code; }; };
// result<option<directory-entry>, error-code>
struct entry { byte is_error; union { struct { byte is_there; struct { byte type; bytes name; }; }; byte code; }; };
// option<error-code>
struct maybe_code { byte is_there, of; };

struct stream_error { byte is_closed; handle error; };
// result<_, stream-error>
struct written { byte is_error; struct stream_error error; };
// result<list<u8>, stream-error>
struct taken { byte is_error; union { bytes of; struct stream_error error; }; };
// result<u64, stream-error>
struct moved { byte is_error; union { u64 of; struct stream_error error; }; };

struct directory { handle of; bytes place; };
struct directories { struct directory *at; size length; };
struct texts { bytes *at; size length; };
struct numbers { unsigned *at; size length; };
struct maybe_text { byte is_there; bytes of; };

METHOD("read-via-stream") void read_via_stream(handle, u64, struct opened *);
METHOD("write-via-stream") void write_via_stream(handle, u64, struct opened *);
METHOD("append-via-stream") void append_via_stream(handle, struct opened *);
METHOD("advise") void advise(handle, u64, u64, int, struct small *);
METHOD("sync-data") void sync_data(handle, struct small *);
METHOD("sync") void sync_all(handle, struct small *);
METHOD("get-flags") void get_flags(handle, struct small *);
METHOD("get-type") void get_type(handle, struct small *);
METHOD("set-size") void set_size(handle, u64, struct small *);
METHOD("set-times") void set_times(handle, int, u64, int, int, u64, int, struct small *);
METHOD("read") void read_at(handle, u64, u64, struct part *);
METHOD("write") void write_at(handle, const byte *, size, u64, struct count *);
METHOD("read-directory") void read_directory(handle, struct opened *);
METHOD("create-directory-at") void create_directory_at(handle, const byte *, size, struct small *);
METHOD("stat") void stat_of(handle, struct told *);
METHOD("stat-at") void stat_at(handle, int, const byte *, size, struct told *);
METHOD("set-times-at") void set_times_at(handle, int, const byte *, size, int, u64, int, int, u64, int, struct small *);
METHOD("link-at") void link_at(handle, int, const byte *, size, handle, const byte *, size, struct small *);
METHOD("open-at") void open_at(handle, int, const byte *, size, int, int, struct opened *);
METHOD("readlink-at") void readlink_at(handle, const byte *, size, struct text *);
METHOD("remove-directory-at") void remove_directory_at(handle, const byte *, size, struct small *);
METHOD("rename-at") void rename_at(handle, const byte *, size, handle, const byte *, size, struct small *);
METHOD("symlink-at") void symlink_at(handle, const byte *, size, const byte *, size, struct small *);
METHOD("unlink-file-at") void unlink_file_at(handle, const byte *, size, struct small *);
METHOD("is-same-object") int is_same_object(handle, handle);
METHOD("metadata-hash") void metadata_hash(handle, struct hash *);
METHOD("metadata-hash-at") void metadata_hash_at(handle, int, const byte *, size, struct hash *);
IMPORT("filesystem/types", "[method]directory-entry-stream.read-directory-entry") void read_directory_entry(handle, struct entry *);
IMPORT("filesystem/types", "filesystem-error-code") void filesystem_error_code(handle, struct maybe_code *);
IMPORT("filesystem/types", "[resource-drop]descriptor") void drop_descriptor(handle);
IMPORT("filesystem/types", "[resource-drop]directory-entry-stream") void drop_entries(handle);
IMPORT("filesystem/preopens", "get-directories") void get_directories(struct directories *);

STREAM("input-stream.read") void input_read(handle, u64, struct taken *);
STREAM("input-stream.skip") void input_skip(handle, u64, struct moved *);
STREAM("output-stream.check-write") void output_check(handle, struct moved *);
STREAM("output-stream.blocking-write-and-flush") void output_write(handle, const byte *, size, struct written *);
STREAM("output-stream.write-zeroes") void output_zeroes(handle, u64, struct written *);
STREAM("output-stream.flush") void output_flush(handle, struct written *);
STREAM("output-stream.splice") void output_splice(handle, handle, u64, struct moved *);
IMPORT("io/streams", "[resource-drop]input-stream") void drop_input(handle);
IMPORT("io/streams", "[resource-drop]output-stream") void drop_output(handle);
IMPORT("io/error", "[method]error.to-debug-string") void error_text(handle, bytes *);
IMPORT("io/error", "[resource-drop]error") void drop_error(handle);
IMPORT("io/poll", "poll") void poll_any(const handle *, size, struct numbers *);
IMPORT("io/poll", "[method]pollable.block") void block(handle);
IMPORT("io/poll", "[method]pollable.ready") int ready(handle);
STREAM("output-stream.subscribe") handle output_subscribe(handle);

IMPORT("clocks/monotonic-clock", "now") u64 monotonic_now(void);
IMPORT("clocks/monotonic-clock", "subscribe-duration") handle subscribe_duration(u64);
IMPORT("clocks/monotonic-clock", "subscribe-instant") handle subscribe_instant(u64);
IMPORT("clocks/wall-clock", "now") void wall_now(struct datetime *);

IMPORT("cli/environment", "get-arguments") void get_arguments(struct texts *);
IMPORT("cli/environment", "get-environment") void get_environment(struct texts *);
IMPORT("cli/environment", "initial-cwd") void initial_cwd(struct maybe_text *);
IMPORT("cli/stdin", "get-stdin") handle get_stdin(void);
IMPORT("cli/stdout", "get-stdout") handle get_stdout(void);
IMPORT("cli/stderr", "get-stderr") handle get_stderr(void);
IMPORT("cli/exit", "exit-with-code") void exit_with(int);

#endif
