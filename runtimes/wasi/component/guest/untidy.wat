;; What can go wrong when the work is done. Each call first writes the entry `k`; then the first byte of its arguments
;; chooses what happens while the host has it tidy up: 0 nothing, 1 a trap, 2 no end, 3 recursion, 4 it writes again. 5
;; traps in the destructor of a resource that the method drops, and 6 drops one whose destructor does nothing.
(component
  (import "promisegrid:handler/refusals@1.0.0" (instance $refusals
    (type $refusal' (enum "decode" "canon" "limit" "shape" "foreign" "cid" "grid" "alg" "key" "crit" "sig" "expired"
      "early" "lifetime" "clock" "aud" "chain" "atten" "caveat" "pop" "method" "resource" "revoked" "stale" "trust"
      "replay" "missing" "descriptor" "runtime" "unknown-method" "effects" "constraint" "pending" "upstream" "spent"
      "rate" "budget-calls" "admit" "budget-fuel" "budget-memory" "budget-time" "budget-output" "budget-depth" "trap"
      "handler" "forbidden" "conflict" "aborted" "indeterminate" "busy" "store" "internal" "other"))
    (export "refusal" (type (eq $refusal')))))
  (alias export $refusals "refusal" (type $refusal))
  (import "promisegrid:handler/state@1.0.0" (instance $state
    (alias outer 1 $refusal (type $outer))
    (export "refusal" (type $told (eq $outer)))
    (export "put" (func (param "key" (list u8)) (param "value" (list u8)) (result (result (error $told)))))))
  (core module $room
    (memory (export "memory") 1)
    (data (i32.const 8) "k")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "destroy") (param $order i32)
      (if (i32.eq (local.get $order) (i32.const 5)) (then unreachable))))
  (core instance $room (instantiate $room))
  (type $thing (resource (rep i32) (dtor (core func $room "destroy"))))
  (core func $new (canon resource.new $thing))
  (core func $drop (canon resource.drop $thing))
  (core func $put (canon lower (func $state "put") (memory (core memory $room "memory"))))
  (core module $code
    (import "room" "memory" (memory 1))
    (import "host" "put" (func $put (param i32 i32 i32 i32 i32)))
    (import "host" "new" (func $new (param i32) (result i32)))
    (import "host" "drop" (func $drop (param i32)))
    (func $write (call $put (i32.const 8) (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 64)))
    (func $deep (call $deep))
    (func (export "handle") (param i32 i32) (result i32)
      (call $write)
      (if (i32.ge_u (i32.load8_u (i32.const 1024)) (i32.const 5)) (then
        (call $drop (call $new (i32.load8_u (i32.const 1024))))))
      (i32.store8 (i32.const 16) (i32.const 0))
      (i32.store (i32.const 20) (i32.const 8))
      (i32.store (i32.const 24) (i32.const 1))
      (i32.const 16))
    (func (export "tidy") (param i32) (local $order i32)
      (local.set $order (i32.load8_u (i32.const 1024)))
      (if (i32.eq (local.get $order) (i32.const 1)) (then unreachable))
      (if (i32.eq (local.get $order) (i32.const 2)) (then (loop $ever (br $ever))))
      (if (i32.eq (local.get $order) (i32.const 3)) (then (call $deep)))
      (if (i32.eq (local.get $order) (i32.const 4)) (then (call $write)))))
  (core instance $code (instantiate $code (with "room" (instance $room)) (with "host" (instance
    (export "put" (func $put)) (export "new" (func $new)) (export "drop" (func $drop))))))
  (type $bytes (list u8))
  (import "promisegrid:handler/types@1.0.0" (instance $types
    (type $error' (variant (case "code" u32) (case "message" string)))
    (export "error" (type (eq $error')))))
  (alias export $types "error" (type $error))
  (func $handle (param "arguments" $bytes) (result (result $bytes (error $error)))
    (canon lift (core func $code "handle") (memory (core memory $room "memory"))
      (realloc (core func $room "realloc")) (post-return (core func $code "tidy"))))
  (export "handle" (func $handle)))
