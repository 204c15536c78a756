/** Modules that behave, and modules that do not; and calls of them without a kernel. */
import { sha256 } from '@noble/hashes/sha2.js'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import wabt from 'wabt'

import type {
  Budget,
  Descriptor,
  RunCancel,
  RunResult,
  Runtime,
  RuntimeCall,
} from '../../../../kernel/index.ts'

const toolkit = await wabt()

function module(fields: string): Uint8Array {
  const parsed = toolkit.parseWat('module.wat', `(module ${fields})`)
  try {
    return parsed.toBinary({}).buffer
  } finally {
    parsed.destroy()
  }
}

const ALLOC = '(func (export "alloc") (param i32) (result i32) (i32.const 1024))'

/** A reactor whose method `run` is this body, over one page. */
function reactor(body: string, more = ''): Uint8Array {
  return module(`(memory 1) ${ALLOC} ${more}
    (func $run (export "run") (param $at i32) (param $length i32) (result i64) ${body})`)
}

export const MODULES = {
  echo: reactor(`(i64.or
    (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
    (i64.extend_i32_u (local.get $length)))`),
  loops: reactor('(loop $again (br $again)) (unreachable)'),
  loopsAtStart: reactor('(i64.const 0)', '(func $begin (loop $again (br $again))) (start $begin)'),
  recurses: reactor('(return (call $run (local.get $at) (local.get $length)))'),
  growsMemory: reactor(`(loop $more
    (drop (memory.grow (i32.const 100)))
    (memory.fill (i32.const 0) (i32.const 1) (i32.mul (memory.size) (i32.const 65536)))
    (br $more)) (unreachable)`),
  growsTable: reactor(
    '(loop $more (drop (table.grow 0 (ref.null func) (i32.const 9000000))) (br $more)) (unreachable)',
    '(table 1 funcref)',
  ),
  traps: reactor('(unreachable)'),
  defers: module(`
    (import "promisegrid" "promise_defer" (func $defer (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (memory 1) ${ALLOC}
    (func (export "run") (param i32 i32) (result i64)
      (drop (call $defer (i32.const 600) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64)))
      (i64.const 0))`),
  calls: module(`
    (import "promisegrid" "call" (func $call (param i32 i32 i32) (result i32)))
    (memory 1) ${ALLOC} (data (i32.const 4) "\\40\\00\\00\\00\\24") (data (i32.const 64) "\\01\\55\\12\\20")
    (func (export "run") (param i32 i32) (result i64)
      (i64.extend_i32_u (call $call (i32.const 0) (i32.const 0) (i32.const 64))))`),
  hugeMemory: module(
    `(memory 32768) ${ALLOC} (func (export "run") (param i32 i32) (result i64) (i64.const 0))`,
  ),
  hugeTable: module(
    `(memory 1) (table 4000000 funcref) ${ALLOC} (func (export "run") (param i32 i32) (result i64) (i64.const 0))`,
  ),
} as const

export function describe(code: Uint8Array): Descriptor {
  const cid = CID.createV1(0x55, create(0x12, sha256(code)))
  return {
    runtime: 'wasi',
    code: cid,
    entry: 'reactor',
    methods: ['run'],
    pure: true,
    imports: [],
    limits: {},
    public: false,
  }
}

const PROTOCOL = describe(MODULES.echo).code
export const BUDGET: Required<Budget> = {
  fuel: 1_000_000,
  memoryBytes: 64 * 2 ** 20,
  outputBytes: 2 ** 20,
  wallMs: 20_000,
}

export interface Run {
  readonly budget?: Budget
  readonly input?: Uint8Array
  readonly cancel?: RunCancel
  /** More of the call: what it can ask its host for, and a descriptor that says that it may. */
  readonly lends?: Partial<RuntimeCall>
}

export async function run(
  runtime: Runtime,
  code: Uint8Array,
  { budget = {}, input = new Uint8Array(), cancel = forever, lends = {} }: Run = {},
): Promise<RunResult> {
  const call = {
    protocol: PROTOCOL,
    descriptor: describe(code),
    method: 'run',
    input,
    context: new Uint8Array(),
    budget: { ...BUDGET, ...budget },
    loadCode: async () => code,
    ...lends,
  }
  return runtime.run(call, cancel)
}

/** A run that ends with this controller. */
export function cancelledBy({ signal }: AbortController): RunCancel {
  return {
    get aborted() {
      return signal.aborted
    },
    signal,
  }
}

/** A run that nobody cancels. */
const forever: RunCancel = { aborted: false, signal: new AbortController().signal }
