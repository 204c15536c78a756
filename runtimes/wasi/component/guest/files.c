// Does what its arguments say, one function of wasi:filesystem after the other, and writes a line for each: the operation, what
// it gave, and `= 0`, or one more than the number of the error-code. A stream that has closed is 100.
#include "files.h"

#define CLOSED 100
enum { READ = 1, WRITE = 2, MUTATE = 32, CREATE = 1, DIRECTORY = 2, EXCLUSIVE = 4, TRUNCATE = 8, FOLLOW = 1 };

static handle out, folder, kept = -1, input = -1, output = -1;
static struct directories places;
static bytes *given;
static byte line[16384];
static size used;

static void add(const byte *at, size length) {
  if (used + length > sizeof line) __builtin_trap();
  __builtin_memcpy(line + used, at, length);
  used += length;
}

static void letter(byte each) { add(&each, 1); }

static void word(bytes text) {
  letter(' ');
  add(text.at, text.length);
}

static void number(u64 value) {
  byte digits[24];
  size at = sizeof digits;
  do digits[--at] = (byte)('0' + value % 10);
  while (value /= 10);
  word((bytes){digits + at, sizeof digits - at});
}

static void flush_line(handle to) {
  struct written done;
  output_write(to, line, used, &done);
  used = 0;
}

static u64 number_of(bytes text) {
  u64 value = 0;
  for (size at = 0; at < text.length; at++) value = value * 10 + (text.at[at] - '0');
  return value;
}

static int is(bytes text, const char *name) {
  size at = 0;
  while (at < text.length && name[at] == (char)text.at[at]) at++;
  return at == text.length && name[at] == 0;
}

static int has(bytes letters, char wanted) {
  for (size at = 0; at < letters.length; at++)
    if (letters.at[at] == wanted) return 1;
  return 0;
}

#define TEXT(value) (value).at, (value).length

static unsigned ended(struct small *done) { return done->is_error ? done->value + 1u : 0; }

// What went wrong with a stream: told through its error.
static unsigned failed(struct stream_error *error) {
  struct maybe_code code;
  bytes told;
  if (error->is_closed) return CLOSED;
  filesystem_error_code(error->error, &code);
  error_text(error->error, &told);
  word(told);
  drop_error(error->error);
  return code.is_there ? code.of + 1u : 99;
}

static unsigned open_path(bytes path, int follow, int how, int flags, handle *to) {
  struct opened done;
  open_at(folder, follow, TEXT(path), how, flags, &done);
  if (done.is_error) return done.code + 1u;
  *to = done.of;
  return 0;
}

static unsigned open_by(bytes letters, bytes path, handle *to) {
  int how = has(letters, 'c') * CREATE | has(letters, 'd') * DIRECTORY | has(letters, 'x') * EXCLUSIVE | has(letters, 't') * TRUNCATE;
  int flags = has(letters, 'r') * READ | has(letters, 'w') * WRITE | has(letters, 's') * 4 | has(letters, 'm') * MUTATE;
  return open_path(path, has(letters, 'f'), how, flags, to);
}

static unsigned try_open(bytes letters, bytes path) {
  handle file;
  unsigned error = open_by(letters, path, &file);
  if (error == 0) drop_descriptor(file);
  return error;
}

static unsigned read_part(handle file, u64 length, u64 offset, int tells_end) {
  struct part done;
  read_at(file, length, offset, &done);
  if (done.is_error) return done.code + 1u;
  word(done.of);
  if (tells_end) number(done.is_end);
  return 0;
}

static unsigned write_part(handle file, bytes text, u64 offset) {
  struct count done;
  write_at(file, TEXT(text), offset, &done);
  return done.is_error ? done.code + 1u : 0;
}

static unsigned read_file(bytes path) {
  handle file;
  unsigned error = open_path(path, FOLLOW, 0, READ, &file);
  if (error) return error;
  error = read_part(file, 8192, 0, 0);
  drop_descriptor(file);
  return error;
}

static unsigned write_file(bytes path, bytes text) {
  handle file;
  unsigned error = open_path(path, FOLLOW, CREATE | TRUNCATE, WRITE, &file);
  if (error) return error;
  error = write_part(file, text, 0);
  drop_descriptor(file);
  return error;
}

static unsigned keep_stream(struct opened *done, handle *to) {
  if (done->is_error) return done->code + 1u;
  *to = done->of;
  return 0;
}

static unsigned put(bytes text) {
  struct written done;
  output_write(output, TEXT(text), &done);
  return done.is_error ? failed(&done.error) : 0;
}

static unsigned append_file(bytes path, bytes text) {
  handle file;
  struct opened done;
  unsigned error = open_path(path, FOLLOW, 0, WRITE, &file);
  if (error) return error;
  append_via_stream(file, &done);
  error = keep_stream(&done, &output);
  if (error == 0) {
    error = put(text);
    drop_output(output);
  }
  drop_descriptor(file);
  return error;
}

static unsigned tell(struct told *done) {
  if (done->is_error) return done->code + 1u;
  number(done->of.type);
  number(done->of.links);
  number(done->of.size);
  return 0;
}

static unsigned stat_path(bytes path, int follow) {
  struct told done;
  stat_at(folder, follow, TEXT(path), &done);
  return tell(&done);
}

static unsigned tell_hash(struct hash *done) {
  if (done->is_error) return done->code + 1u;
  number(done->lower);
  number(done->upper);
  return 0;
}

static unsigned hash_path(bytes path) {
  struct hash done;
  metadata_hash_at(folder, FOLLOW, TEXT(path), &done);
  return tell_hash(&done);
}

static unsigned list(void) {
  struct opened done;
  struct entry next;
  read_directory(folder, &done);
  if (done.is_error) return done.code + 1u;
  for (;;) {
    read_directory_entry(done.of, &next);
    if (next.is_error || !next.is_there) break;
    word(next.name);
    letter((byte)('0' + next.type));
  }
  drop_entries(done.of);
  return next.is_error ? next.code + 1u : 0;
}

// Reads one name, then adds and removes some, and reads on.
static unsigned list_meanwhile(void) {
  struct opened done;
  struct entry next;
  struct small removed;
  read_directory(folder, &done);
  read_directory_entry(done.of, &next);
  word(next.name);
  unlink_file_at(folder, (const byte *)"b", 1, &removed);
  try_open((bytes){(byte *)"c", 1}, (bytes){(byte *)"z", 1});
  for (;;) {
    read_directory_entry(done.of, &next);
    if (!next.is_there) break;
    word(next.name);
  }
  return 0;
}

static unsigned same(bytes one, bytes other) {
  handle a, b;
  unsigned error = open_path(one, FOLLOW, 0, READ, &a);
  if (error == 0) error = open_path(other, FOLLOW, 0, READ, &b);
  if (error == 0) number((u64)is_same_object(a, b));
  return error;
}

static unsigned open_many(void) {
  for (u64 count = 0;; count++) {
    handle file;
    unsigned error = open_path((bytes){(byte *)".", 1}, 0, 0, READ, &file);
    if (error == 0) continue;
    number(count);
    return error;
  }
}

static unsigned take(u64 length, int tells) {
  struct taken done;
  input_read(input, length, &done);
  if (done.is_error) return failed(&done.error);
  if (tells) word(done.of);
  else number(done.of.length);
  return 0;
}

static unsigned tell_moved(struct moved *done) {
  if (done->is_error) return failed(&done->error);
  number(done->of);
  return 0;
}

// Waits for either of two, and for a stream if that is wanted.
static unsigned wait_for(u64 one, u64 other, int and_stream) {
  handle wanted[3] = {subscribe_duration(one), subscribe_instant(other), and_stream ? output_subscribe(out) : -1};
  struct numbers which;
  poll_any(wanted, and_stream ? 3 : 2, &which);
  for (size at = 0; at < which.length; at++) number(which.at[at]);
  letter(';');
  for (int at = 0; at < 2; at++) number((u64)ready(wanted[at]));
  return 0;
}

static unsigned tell_times(bytes path) {
  struct told done;
  stat_at(folder, 0, TEXT(path), &done);
  if (done.is_error) return done.code + 1u;
  number(done.of.accessed.of.seconds);
  number(done.of.modified.of.seconds);
  number(done.of.modified.of.nanoseconds);
  return 0;
}

static unsigned perform(bytes name, size *at) {
#define NEXT given[++*at]
#define ON_PATH(function) (path = NEXT, function(folder, TEXT(path), &done), ended(&done))
  struct small done = {0};
  struct opened stream;
  struct moved moved;
  bytes path, other;
  if (is(name, "dir")) return folder = places.at[number_of(NEXT)].of, 0;
  if (is(name, "cd")) return path = NEXT, open_path(path, FOLLOW, DIRECTORY, READ, &folder);
  if (is(name, "open")) return path = NEXT, try_open(path, NEXT);
  if (is(name, "keep")) return path = NEXT, open_by(path, NEXT, &kept);
  if (is(name, "read")) return read_file(NEXT);
  if (is(name, "write")) return path = NEXT, write_file(path, NEXT);
  if (is(name, "append")) return path = NEXT, append_file(path, NEXT);
  if (is(name, "mkdir")) return ON_PATH(create_directory_at);
  if (is(name, "rmdir")) return ON_PATH(remove_directory_at);
  if (is(name, "unlink")) return ON_PATH(unlink_file_at);
  if (is(name, "stat")) return stat_path(NEXT, 0);
  if (is(name, "statf")) return stat_path(NEXT, FOLLOW);
  if (is(name, "hash")) return hash_path(NEXT);
  if (is(name, "times")) return tell_times(NEXT);
  if (is(name, "list")) return list();
  if (is(name, "list-meanwhile")) return list_meanwhile();
  if (is(name, "many")) return open_many();
  if (is(name, "same")) return path = NEXT, same(path, NEXT);
  if (is(name, "symlink")) return path = NEXT, other = NEXT, symlink_at(folder, TEXT(path), TEXT(other), &done), ended(&done);
  if (is(name, "readlink")) {
    struct text told;
    path = NEXT;
    readlink_at(folder, TEXT(path), &told);
    if (told.is_error) return told.code + 1u;
    return word(told.of), 0;
  }
  if (is(name, "link") || is(name, "linkf") || is(name, "linkto")) {
    handle to = is(name, "linkto") ? places.at[number_of(NEXT)].of : folder;
    path = NEXT, other = NEXT;
    link_at(folder, is(name, "linkf"), TEXT(path), to, TEXT(other), &done);
    return ended(&done);
  }
  if (is(name, "rename") || is(name, "renameto")) {
    handle to = is(name, "renameto") ? places.at[number_of(NEXT)].of : folder;
    path = NEXT, other = NEXT;
    rename_at(folder, TEXT(path), to, TEXT(other), &done);
    return ended(&done);
  }
  if (is(name, "touch")) {
    path = NEXT;
    u64 seconds = number_of(NEXT);
    set_times_at(folder, FOLLOW, TEXT(path), 1, 0, 0, 2, seconds, (int)number_of(NEXT), &done);
    return ended(&done);
  }

  // Of the file that is kept.
  if (is(name, "drop")) return drop_descriptor(kept), 0;
  if (is(name, "fread")) {
    u64 length = number_of(NEXT);
    return read_part(kept, length, number_of(NEXT), 1);
  }
  if (is(name, "fwrite")) return path = NEXT, write_part(kept, path, number_of(NEXT));
  if (is(name, "fsize")) return set_size(kept, number_of(NEXT), &done), ended(&done);
  if (is(name, "fstat")) {
    struct told told;
    stat_of(kept, &told);
    return tell(&told);
  }
  if (is(name, "fhash")) {
    struct hash told;
    metadata_hash(kept, &told);
    return tell_hash(&told);
  }
  if (is(name, "ftouch")) return set_times(kept, 0, 0, 0, 1, 0, 0, &done), ended(&done);
  if (is(name, "flags")) return get_flags(kept, &done), done.is_error ? ended(&done) : (number(done.value), 0);
  if (is(name, "type")) return get_type(kept, &done), done.is_error ? ended(&done) : (number(done.value), 0);
  if (is(name, "sync")) {
    advise(kept, 0, 1, 3, &done);
    unsigned first = ended(&done);
    sync_data(kept, &done);
    unsigned second = ended(&done);
    sync_all(kept, &done);
    return first + second + ended(&done);
  }

  // Of streams.
  if (is(name, "in")) return read_via_stream(kept, number_of(NEXT), &stream), keep_stream(&stream, &input);
  if (is(name, "out")) return write_via_stream(kept, number_of(NEXT), &stream), keep_stream(&stream, &output);
  if (is(name, "end")) return append_via_stream(kept, &stream), keep_stream(&stream, &output);
  if (is(name, "stdin")) return input = get_stdin(), 0;
  if (is(name, "stderr")) return output = get_stderr(), 0;
  if (is(name, "take")) return take(number_of(NEXT), 1);
  if (is(name, "count")) return take(number_of(NEXT), 0);
  if (is(name, "skip")) return input_skip(input, number_of(NEXT), &moved), tell_moved(&moved);
  if (is(name, "put")) return put(NEXT);
  if (is(name, "zeroes")) {
    struct written told;
    output_zeroes(output, number_of(NEXT), &told);
    return told.is_error ? failed(&told.error) : 0;
  }
  if (is(name, "flush")) {
    struct written told;
    output_flush(output, &told);
    return told.is_error ? failed(&told.error) : 0;
  }
  if (is(name, "splice")) return output_splice(output, input, number_of(NEXT), &moved), tell_moved(&moved);
  if (is(name, "check")) return output_check(output, &moved), tell_moved(&moved);
  if (is(name, "shut-in")) return drop_input(input), 0;
  if (is(name, "shut-out")) return drop_output(output), 0;

  // Of what is around.
  if (is(name, "now")) return number(monotonic_now()), 0;
  if (is(name, "wall")) {
    struct datetime now;
    wall_now(&now);
    number(now.seconds);
    return number(now.nanoseconds), 0;
  }
  if (is(name, "sleep")) return block(subscribe_duration(number_of(NEXT))), 0;
  if (is(name, "wait") || is(name, "wait-stream")) {
    u64 one = number_of(NEXT);
    return wait_for(one, number_of(NEXT), is(name, "wait-stream"));
  }
  if (is(name, "env")) {
    struct texts variables;
    get_environment(&variables);
    for (size each = 0; each < 2 * variables.length; each++) word(variables.at[each]);
    return 0;
  }
  if (is(name, "cwd")) {
    struct maybe_text cwd;
    initial_cwd(&cwd);
    return number(cwd.is_there), 0;
  }
  if (is(name, "places")) {
    for (size each = 0; each < places.length; each++) word(places.at[each].place);
    return 0;
  }
  if (is(name, "places-again")) {
    struct directories again;
    for (u64 times = number_of(NEXT); times > 0; times--) get_directories(&again);
    return 0;
  }
  if (is(name, "exit")) return flush_line(out), exit_with((int)number_of(NEXT)), 0;
  __builtin_trap();
}

// 0 for ok: `fail` is all it takes for another end.
__attribute__((export_name("wasi:cli/run" VERSION "#run"))) int run(void) {
  struct texts arguments;
  out = get_stdout();
  get_arguments(&arguments);
  get_directories(&places);
  given = arguments.at;
  folder = places.length > 0 ? places.at[places.length - 1].of : -1;
  for (size at = 1; at < arguments.length; at++) {
    bytes name = given[at];
    if (is(name, "fail")) return 1;
    add(TEXT(name));
    unsigned error = perform(name, &at);
    letter(' ');
    letter('=');
    number(error);
    letter('\n');
    flush_line(out);
  }
  return 0;
}
