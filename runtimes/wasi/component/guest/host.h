// The functions of spec/wit/host.wit as the canonical ABI makes them: parameters are addresses and lengths, and a result
// is written where the last one says. A refusal is the index of its case.
#ifndef HOST_H
#define HOST_H

#include "component.h"

#define ASK(interface, name) __attribute__((import_module("promisegrid:handler/" interface "@1.0.0"), import_name(name))) void

// result<_, refusal>
struct nothing { byte is_refused; byte refusal; };
// result<list<u8>, refusal>, and of a string
struct some_bytes { byte is_refused; union { byte refusal; bytes value; }; };
// result<option<list<u8>>, refusal>
struct maybe_bytes { byte is_refused; union { byte refusal; struct { byte is_there; bytes value; }; }; };
// result<list<entry>, refusal>
struct entry { bytes key, value; };
struct page { byte is_refused; union { byte refusal; struct { struct entry *at; size count; } entries; }; };
// result<grant, refusal>
struct granted {
  byte is_refused;
  union {
    byte refusal;
    struct { byte about; bytes owner, name, prefix; unsigned long long expires; struct { bytes *at; size count; } methods; } grant;
  };
};
// option<string>
struct maybe_text { byte is_there; bytes text; };

ASK("state", "get") state_get(byte *, size, struct maybe_bytes *);
ASK("state", "put") state_put(byte *, size, byte *, size, struct nothing *);
ASK("state", "delete") state_delete(byte *, size, struct nothing *);
ASK("state", "range") state_range(byte *, size, int has_after, byte *, size, unsigned limit, struct page *);
ASK("state", "ahead") state_ahead(byte *, size);
ASK("state", "space") state_space(struct some_bytes *);
ASK("state", "prefix") state_prefix(struct some_bytes *);
ASK("block", "get") block_get(byte *, size, struct maybe_bytes *);
ASK("block", "put") block_put(byte *, size, unsigned codec, struct some_bytes *);
ASK("block", "ahead") block_ahead(byte *, size);
__attribute__((import_module("promisegrid:handler/call@1.0.0"), import_name("table"))) unsigned call_table(void);
ASK("call", "grant-of") call_grant_of(unsigned, struct granted *);
// `about` is the case: 0 none, 1 a space by name and prefix, 2 labels.
ASK("call", "call") call_call(unsigned capability, byte *, size protocol, byte *, size method, byte *, size input,
  unsigned *, size lend, int about, byte *, size name, byte *, size prefix, unsigned long long fuel, struct some_bytes *);
// `terms` is the case: 0 plain, 1 the bytes it wraps, 2 conditions.
ASK("promise", "defer") promise_defer(unsigned seconds, int terms, void *, size, struct some_bytes *);
ASK("promise", "keep") promise_keep(byte *, size, byte *, size, struct nothing *);
ASK("promise", "break") promise_break(byte *, size, byte *, size, struct nothing *);
ASK("promise-outcome", "get") promise_outcome(byte *, size, struct some_bytes *);
ASK("log", "log") log_text(byte *, size);
ASK("answer", "refused") answer_refused(struct maybe_text *);
ASK("answer", "refuse") answer_refuse(void);

#endif
