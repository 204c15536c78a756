// Calls of programs of WASI preview 1: a module, its arguments and the blocks a node has; the result, the fuel, and the
// blocks that come with it. The modules are small enough to be read.
import { hashBlock, nobleCrypto, stageContent, stageFolder } from 'promisegrid/promisebase'
import wabt from 'wabt'

import { chapter, dag, hex, rawCid, utf8 } from './kit.mjs'
import { answerProgram } from '../../../dist/conformance/subject/program.js'

const toolkit = await wabt()

const PREVIEW1 = 'wasi_snapshot_preview1'
const TYPES = {
  args_get: '(param i32 i32) (result i32)',
  args_sizes_get: '(param i32 i32) (result i32)',
  clock_time_get: '(param i32 i64 i32) (result i32)',
  environ_get: '(param i32 i32) (result i32)',
  environ_sizes_get: '(param i32 i32) (result i32)',
  fd_read: '(param i32 i32 i32 i32) (result i32)',
  fd_write: '(param i32 i32 i32 i32) (result i32)',
  path_create_directory: '(param i32 i32 i32) (result i32)',
  path_open: '(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)',
  path_symlink: '(param i32 i32 i32 i32 i32) (result i32)',
  proc_exit: '(param i32)',
}

/** A program with these functions; `$put` writes a part of the memory to a descriptor. */
function module(names, data, body) {
  const imports = [...new Set([...names, 'fd_write'])].map(
    (name) => `(import "${PREVIEW1}" "${name}" (func $${name} ${TYPES[name]}))`,
  )
  const parsed = toolkit.parseWat(
    'program.wat',
    `(module ${imports.join(' ')} (memory 1) (data (i32.const 64) "${data}")
      (func $put (param $to i32) (param $at i32) (param $n i32)
        (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $n))
        (drop (call $fd_write (local.get $to) (i32.const 0) (i32.const 1) (i32.const 8))))
      (func (export "_start") ${body}))`,
  )
  return new Uint8Array(parsed.toBinary({}).buffer)
}

/** Writes arguments, environment and input, says `x` on 2, and ends with 7. */
const tells = module(
  ['args_get', 'args_sizes_get', 'environ_get', 'environ_sizes_get', 'fd_read', 'proc_exit'],
  'x',
  `(drop (call $args_sizes_get (i32.const 16) (i32.const 20))) (drop (call $args_get (i32.const 1024) (i32.const 4096)))
   (call $put (i32.const 1) (i32.const 4096) (i32.load (i32.const 20)))
   (drop (call $environ_sizes_get (i32.const 16) (i32.const 20))) (drop (call $environ_get (i32.const 1024) (i32.const 4096)))
   (call $put (i32.const 1) (i32.const 4096) (i32.load (i32.const 20)))
   (i32.store (i32.const 0) (i32.const 4096)) (i32.store (i32.const 4) (i32.const 4096))
   (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
   (call $put (i32.const 1) (i32.const 4096) (i32.load (i32.const 8)))
   (call $put (i32.const 2) (i32.const 64) (i32.const 1)) (call $proc_exit (i32.const 7))`,
)

/** In the folder of descriptor 3: the folder `d`, the link `l` to `../d`, and the file `f` with `text`. */
const writes = module(
  ['path_create_directory', 'path_symlink', 'path_open'],
  'd../dlftext',
  `(drop (call $path_create_directory (i32.const 3) (i32.const 64) (i32.const 1)))
   (drop (call $path_symlink (i32.const 65) (i32.const 4) (i32.const 3) (i32.const 69) (i32.const 1)))
   (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 70) (i32.const 1) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))
   (call $put (i32.load (i32.const 16)) (i32.const 71) (i32.const 4))`,
)

/** Opens a path, following links, and writes the error number and what it could read. */
const opens = (path) =>
  module(
    ['path_open', 'fd_read'],
    path,
    `(i32.store (i32.const 20) (call $path_open (i32.const 3) (i32.const 1) (i32.const 64) (i32.const ${path.length}) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)))
     (call $put (i32.const 1) (i32.const 20) (i32.const 4))
     (i32.store (i32.const 0) (i32.const 4096)) (i32.store (i32.const 4) (i32.const 64))
     (drop (call $fd_read (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 24)))
     (call $put (i32.const 1) (i32.const 4096) (i32.load (i32.const 24)))`,
  )

/** Writes what the clocks 0, 1 and 1 show, one after the other, and what it is told of clock 4. */
const looks = module(
  ['clock_time_get'],
  '',
  `(drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 16)))
   (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 24)))
   (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 32)))
   (i32.store (i32.const 40) (call $clock_time_get (i32.const 4) (i64.const 0) (i32.const 48)))
   (call $put (i32.const 1) (i32.const 16) (i32.const 28))`,
)

/** Makes the link `l` to a path, and writes the error number. */
const links = (path) =>
  module(
    ['path_symlink'],
    `l${path}`,
    `(i32.store (i32.const 20) (call $path_symlink (i32.const 65) (i32.const ${path.length}) (i32.const 3) (i32.const 64) (i32.const 1)))
     (call $put (i32.const 1) (i32.const 20) (i32.const 4))`,
  )

const traps = module([], '', 'unreachable')

const stored = []
const put = (bytes, codec = 0x55) => {
  stored.push({ codec, input: hex(bytes) })
  return hashBlock(nobleCrypto.sha256, codec, bytes)
}
const entry = (name, text) => ({ name, kind: 'file', ...stageContent(utf8(text), put), isExecutable: false })
const folder = stageFolder([entry('f', 'inside'), { name: 'up', kind: 'link', target: '../f' }], put).cid
const file = stageContent(utf8('alone'), put).cid

const valid = [
  ['nothing but its name', tells, {}],
  [
    'arguments, environment and input',
    tells,
    { args: ['a', 'b c'], env: { A: '1', LONG: '' }, stdin: utf8('in') },
  ],
  ['an empty scratch folder', tells, { scratch: '/out' }],
  ['a folder, a link and a file that it wrote', writes, { scratch: '/out' }],
  ['nowhere to write', writes, {}],
  ['a folder of the node that cannot be written', writes, { files: { '/in': folder } }],
  [
    'a folder of the node that is what the scratch folder begins with',
    writes,
    { files: { '/in': folder }, scratch: '/in' },
  ],
  ['a file in a folder', opens('f'), { files: { '/in': folder } }],
  ['a file by itself', opens('alone'), { files: { '/in/alone': file } }],
  ['a link that leads out', opens('up'), { files: { '/in': folder } }],
  ['a path that leads out', opens('../in/f'), { files: { '/in': folder } }],
  ['an absolute path', opens('/in/f'), { files: { '/in': folder } }],
  ['clocks that are looked at', looks, {}],
  ['a link that it makes to above its folder', links('../f'), { scratch: '/out' }],
  ['a link that it makes to an absolute path', links('/out/f'), { scratch: '/out' }],
]
const invalid = [
  ['no arguments at all', tells, new Uint8Array(0)],
  ['arguments that are a list', tells, []],
  ['an unknown key', tells, { argv: [] }],
  ['an argument that is a number', tells, { args: [1] }],
  ['an argument with a zero octet', tells, { args: ['a\0'] }],
  ['a variable without a name', tells, { env: { '': '' } }],
  ['a variable with = in its name', tells, { env: { 'a=b': '' } }],
  ['input that is text', tells, { stdin: 'in' }],
  ['an input that is no CID', tells, { files: { '/in': 'f' } }],
  ['an empty place', tells, { scratch: '' }],
  ['two inputs at one place', tells, { files: { '/in': folder, '/in/f': file } }],
  ['a file at a place that ends in a slash', tells, { files: { '/in/': file } }],
  ['an input that is not here', tells, { files: { '/in': rawCid(utf8('not here')) } }],
  ['a trap', traps, {}],
]

const answers = new Map()
for (const [comment, code, given] of [...valid, ...invalid]) {
  const question = questionOf(code, given)
  answers.set(comment, { question, answer: await answerProgram(question) })
}

function questionOf(code, given) {
  const input = given instanceof Uint8Array ? given : dag(given)
  return { module: hex(code), input: hex(input), blocks: stored }
}

export function programChapter() {
  const { accept, refuse, ...made } = chapter('program', 'spec/preview1.md')
  for (const [comment] of valid) {
    const { question, answer } = answers.get(comment)
    if (answer.refused) throw new Error(`${comment}: ${answer.refused.detail}`)
    accept('program', comment, question, answer.ok)
  }
  for (const [comment] of invalid) {
    const { question, answer } = answers.get(comment)
    if (!answer.refused) throw new Error(`${comment} is not refused`)
    refuse('program', comment, question, answer.refused.code)
  }
  return made
}
