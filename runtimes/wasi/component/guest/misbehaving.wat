;; What a component can try. The first byte of its arguments chooses: 0 calls itself through the table of another
;; module until the stack is used up, 1 never ends, 2 asks for handles until there are none, 3 drops handle 0, which is
;; none, 4 grows a memory of another module to its end. Thirteen bytes of arguments make it call out while it
;; makes room for them.
(component
  (import "wasi:io/streams@0.2.3" (instance $streams
    (export "input-stream" (type $input (sub resource)))
    (export "output-stream" (type (sub resource)))))
  (alias export $streams "input-stream" (type $input))
  (import "wasi:cli/stdin@0.2.3" (instance $stdin
    (alias outer 1 $input (type $outer))
    (export "input-stream" (type $input (eq $outer)))
    (export "get-stdin" (func (result (own $input))))))
  (core func $get (canon lower (func $stdin "get-stdin")))
  (core func $drop (canon resource.drop $input))
  (core module $shim
    (type $call (func (param i32 i32) (result i32)))
    (memory (export "memory") 1 4)
    (table (export "table") 1 funcref)
    (func (export "call") (param i32 i32) (result i32)
      (call_indirect (type $call) (local.get 0) (local.get 1) (i32.const 0))))
  (core module $code
    (import "shim" "call" (func $call (param i32 i32) (result i32)))
    (import "shim" "memory" (memory 1))
    (import "host" "get" (func $get (result i32)))
    (import "host" "drop" (func $drop (param i32)))
    (func (export "realloc") (param i32 i32) (param $align i32) (param $len i32) (result i32)
      (if (i32.eq (local.get $len) (i32.const 13)) (then (call $drop (call $get))))
      (i32.const 1024))
    (func (export "handle") (param $at i32) (param $len i32) (result i32)
      (local $order i32)
      (local.set $order (i32.load8_u (i32.const 1024)))
      (if (i32.eq (local.get $order) (i32.const 0)) (then
        (return (call $call (local.get $at) (local.get $len)))))
      (if (i32.eq (local.get $order) (i32.const 1)) (then (loop $ever (br $ever))))
      (if (i32.eq (local.get $order) (i32.const 2)) (then (loop $more (drop (call $get)) (br $more))))
      (if (i32.eq (local.get $order) (i32.const 3)) (then (call $drop (i32.const 0))))
      (if (i32.eq (local.get $order) (i32.const 4)) (then
        (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (i32.store (i32.const 512) (memory.size))))
      (i32.store8 (i32.const 16) (i32.const 0))
      (i32.store (i32.const 20) (i32.const 512))
      (i32.store (i32.const 24) (i32.const 4))
      (i32.const 16)))
  (core module $fixup
    (import "shim" "table" (table 1 funcref))
    (import "code" "handle" (func $handle (param i32 i32) (result i32)))
    (elem (i32.const 0) func $handle))
  (core instance $shim (instantiate $shim))
  (core instance $code (instantiate $code (with "shim" (instance $shim))
    (with "host" (instance (export "get" (func $get)) (export "drop" (func $drop))))))
  (core instance (instantiate $fixup (with "shim" (instance $shim)) (with "code" (instance $code))))
  (type $bytes (list u8))
  (import "promisegrid:handler/types@1.0.0" (instance $types
    (type $error' (variant (case "code" u32) (case "message" string)))
    (export "error" (type (eq $error')))))
  (alias export $types "error" (type $error))
  (func $handle (param "arguments" $bytes) (result (result $bytes (error $error)))
    (canon lift (core func $code "handle") (memory (core memory $shim "memory")) (realloc (core func $code "realloc"))))
  (export "handle" (func $handle)))
