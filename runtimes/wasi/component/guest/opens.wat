;; A program that is called with files, in text, everything written out. Its first argument is a file that it reads; a second
;; one is a file that it makes of standard input before. Of each it tells whether that failed, and the number of the error-code;
;; then what it has read. Without a folder it fails.
(component
  (import "wasi:io/error@0.2.0" (instance $errors (export "error" (type (sub resource)))))
  (alias export $errors "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (alias outer 1 $error (type $error''))
    (export "error" (type $error' (eq $error'')))
    (export "input-stream" (type $input' (sub resource)))
    (export "output-stream" (type $output' (sub resource)))
    (type $failure' (variant (case "last-operation-failed" (own $error')) (case "closed")))
    (export "stream-error" (type $failure (eq $failure')))
    (export "[method]input-stream.blocking-read" (func (param "self" (borrow $input')) (param "len" u64)
      (result (result (list u8) (error $failure)))))
    (export "[method]output-stream.blocking-write-and-flush" (func (param "self" (borrow $output')) (param "contents" (list u8))
      (result (result (error $failure)))))))
  (alias export $streams "input-stream" (type $input))
  (alias export $streams "output-stream" (type $output))
  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-arguments" (func (result (list string))))))
  (import "wasi:cli/stdin@0.2.0" (instance $stdin
    (alias outer 1 $input (type $input''))
    (export "input-stream" (type $input' (eq $input'')))
    (export "get-stdin" (func (result (own $input'))))))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output (type $output''))
    (export "output-stream" (type $output' (eq $output'')))
    (export "get-stdout" (func (result (own $output'))))))
  (import "wasi:filesystem/types@0.2.0" (instance $files
    (export "descriptor" (type $descriptor' (sub resource)))
    (type $path-flags'' (flags "symlink-follow"))
    (export "path-flags" (type $path-flags (eq $path-flags'')))
    (type $open-flags'' (flags "create" "directory" "exclusive" "truncate"))
    (export "open-flags" (type $open-flags (eq $open-flags'')))
    (type $flags'' (flags "read" "write" "file-integrity-sync" "data-integrity-sync" "requested-write-sync" "mutate-directory"))
    (export "descriptor-flags" (type $flags (eq $flags'')))
    (type $code'' (enum "access" "would-block" "already" "bad-descriptor" "busy" "deadlock" "quota" "exist" "file-too-large"
      "illegal-byte-sequence" "in-progress" "interrupted" "invalid" "io" "is-directory" "loop" "too-many-links" "message-size"
      "name-too-long" "no-device" "no-entry" "no-lock" "insufficient-memory" "insufficient-space" "not-directory" "not-empty"
      "not-recoverable" "unsupported" "no-tty" "no-such-device" "overflow" "not-permitted" "pipe" "read-only" "invalid-seek"
      "text-file-busy" "cross-device"))
    (export "error-code" (type $code (eq $code'')))
    (export "[method]descriptor.open-at" (func (param "self" (borrow $descriptor')) (param "path-flags" $path-flags)
      (param "path" string) (param "open-flags" $open-flags) (param "flags" $flags) (result (result (own $descriptor') (error $code)))))
    (export "[method]descriptor.read" (func (param "self" (borrow $descriptor')) (param "length" u64) (param "offset" u64)
      (result (result (tuple (list u8) bool) (error $code)))))
    (export "[method]descriptor.write" (func (param "self" (borrow $descriptor')) (param "buffer" (list u8)) (param "offset" u64)
      (result (result u64 (error $code)))))))
  (alias export $files "descriptor" (type $descriptor))
  (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
    (alias outer 1 $descriptor (type $descriptor''))
    (export "descriptor" (type $descriptor' (eq $descriptor'')))
    (export "get-directories" (func (result (list (tuple (own $descriptor') string)))))))

  (core module $room
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32) (param $align i32) (param $len i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $top (i32.add (local.get $at) (local.get $len)))
      (local.get $at)))
  (core instance $room (instantiate $room))
  (core func $arguments (canon lower (func $environment "get-arguments")
    (memory (core memory $room "memory")) (realloc (core func $room "realloc"))))
  (core func $directories (canon lower (func $preopens "get-directories")
    (memory (core memory $room "memory")) (realloc (core func $room "realloc"))))
  (core func $stdin (canon lower (func $stdin "get-stdin")))
  (core func $stdout (canon lower (func $stdout "get-stdout")))
  (core func $take (canon lower (func $streams "[method]input-stream.blocking-read")
    (memory (core memory $room "memory")) (realloc (core func $room "realloc"))))
  (core func $put (canon lower (func $streams "[method]output-stream.blocking-write-and-flush")
    (memory (core memory $room "memory"))))
  (core func $open (canon lower (func $files "[method]descriptor.open-at") (memory (core memory $room "memory"))))
  (core func $read (canon lower (func $files "[method]descriptor.read")
    (memory (core memory $room "memory")) (realloc (core func $room "realloc"))))
  (core func $write (canon lower (func $files "[method]descriptor.write") (memory (core memory $room "memory"))))

  (core module $code
    (import "room" "memory" (memory 1))
    (import "host" "arguments" (func $arguments (param i32)))
    (import "host" "directories" (func $directories (param i32)))
    (import "host" "stdin" (func $stdin (result i32)))
    (import "host" "stdout" (func $stdout (result i32)))
    (import "host" "take" (func $take (param i32 i64 i32)))
    (import "host" "put" (func $put (param i32 i32 i32 i32)))
    (import "host" "open" (func $open (param i32 i32 i32 i32 i32 i32 i32)))
    (import "host" "read" (func $read (param i32 i64 i64 i32)))
    (import "host" "write" (func $write (param i32 i32 i32 i64 i32)))
    (global $out (mut i32) (i32.const 0))
    (global $folder (mut i32) (i32.const 0))
    ;; Opens the argument of this number; says at 32 whether that failed, at 36 what it is or why.
    (func $opened (param $number i32) (param $how i32) (param $flags i32) (result i32)
      (local $argument i32)
      (local.set $argument (i32.add (i32.load (i32.const 16)) (i32.mul (local.get $number) (i32.const 8))))
      (call $open (global.get $folder) (i32.const 1) (i32.load (local.get $argument)) (i32.load offset=4 (local.get $argument))
        (local.get $how) (local.get $flags) (i32.const 32))
      (i32.store8 (i32.const 40) (i32.load8_u (i32.const 32)))
      (i32.store8 (i32.const 41) (select (i32.load8_u (i32.const 36)) (i32.const 0) (i32.load8_u (i32.const 32))))
      (call $put (global.get $out) (i32.const 40) (i32.const 2) (i32.const 48))
      (i32.eqz (i32.load8_u (i32.const 32))))
    (func (export "run") (result i32)
      (call $arguments (i32.const 16))
      (call $directories (i32.const 24))
      (if (i32.eqz (i32.load (i32.const 28))) (then (return (i32.const 1))))
      (global.set $folder (i32.load (i32.load (i32.const 24))))
      (global.set $out (call $stdout))
      (if (i32.gt_u (i32.load (i32.const 20)) (i32.const 2)) (then
        (if (call $opened (i32.const 2) (i32.const 1) (i32.const 2)) (then
          (call $take (call $stdin) (i64.const 4096) (i32.const 64))
          (if (i32.eqz (i32.load8_u (i32.const 64))) (then
            (call $write (i32.load (i32.const 36)) (i32.load (i32.const 68)) (i32.load (i32.const 72)) (i64.const 0) (i32.const 80))))))))
      (if (call $opened (i32.const 1) (i32.const 0) (i32.const 1)) (then
        (call $read (i32.load (i32.const 36)) (i64.const 4096) (i64.const 0) (i32.const 96))
        (if (i32.eqz (i32.load8_u (i32.const 96))) (then
          (call $put (global.get $out) (i32.load (i32.const 100)) (i32.load (i32.const 104)) (i32.const 48))))))
      (i32.const 0)))
  (core instance $code (instantiate $code
    (with "room" (instance $room))
    (with "host" (instance
      (export "arguments" (func $arguments)) (export "directories" (func $directories)) (export "stdin" (func $stdin))
      (export "stdout" (func $stdout)) (export "take" (func $take)) (export "put" (func $put)) (export "open" (func $open))
      (export "read" (func $read)) (export "write" (func $write))))))
  (func $run (result (result)) (canon lift (core func $code "run")))
  (instance $entry (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $entry)))
