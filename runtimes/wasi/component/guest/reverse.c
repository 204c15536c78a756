// A method of the world `handler`, in C without a library: gives its arguments back in reverse order. Arguments that
// begin with `#` are an error by number, with `!` one by message, with `*` a trap.
#include "component.h"

static struct answer answer;

__attribute__((export_name("handle"))) struct answer *handle(byte *arguments, size length) {
  byte first = length ? *arguments : 0;
  if (first == '*') __builtin_trap();
  answer.is_error = first == '#' || first == '!';
  if (first == '#') {
    answer.error.is_message = 0;
    answer.error.code = 42;
  } else if (first == '!') {
    answer.error.is_message = 1;
    answer.error.message.at = arguments + 1;
    answer.error.message.length = length - 1;
  } else {
    for (size i = 0; i < length / 2; i++) {
      byte kept = arguments[i];
      arguments[i] = arguments[length - 1 - i];
      arguments[length - 1 - i] = kept;
    }
    answer.output.at = arguments;
    answer.output.length = length;
  }
  return &answer;
}
