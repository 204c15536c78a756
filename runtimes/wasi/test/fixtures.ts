/** Modules as text, compiled by wabt, and calls of them. */
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { sha256 } from '@noble/hashes/sha2.js'
import wabt from 'wabt'

import type { Budget, Descriptor, RunCancel, RunResult, Runtime, RuntimeCall } from '../../../kernel/index.ts'

const RAW = 0x55
const SHA2_256 = 0x12
const PROPOSALS = {
  bulk_memory: true,
  exceptions: true,
  gc: false,
  memory64: true,
  multi_memory: true,
  mutable_globals: true,
  reference_types: true,
  relaxed_simd: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  tail_call: true,
  threads: true,
  extended_const: true,
  multi_value: true,
}

const toolkit = await wabt()

/** Assembles WebAssembly text; `check: false` also assembles what no engine accepts. */
export function assemble(text: string, options: { readonly check?: boolean } = {}): Uint8Array<ArrayBuffer> {
  const parsed = toolkit.parseWat('fixture.wat', text, PROPOSALS)
  try {
    parsed.resolveNames()
    if (options.check !== false) parsed.validate()
    return new Uint8Array(parsed.toBinary({}).buffer)
  } finally {
    parsed.destroy()
  }
}

function cidOf(bytes: Uint8Array): CID {
  return CID.createV1(RAW, create(SHA2_256, sha256(bytes)))
}

export function describeCode(code: Uint8Array, changes: Partial<Descriptor> = {}): Descriptor {
  return {
    runtime: 'wasi',
    code: cidOf(code),
    entry: 'reactor',
    methods: ['handle'],
    pure: true,
    imports: [],
    limits: {},
    public: false,
    ...changes,
  }
}

const BUDGET: Required<Budget> = {
  fuel: 10_000_000,
  memoryBytes: 64 * 1024 * 1024,
  outputBytes: 1024 * 1024,
  wallMs: 10_000,
}

export interface CallChanges {
  readonly method?: string
  readonly input?: Uint8Array
  readonly context?: Uint8Array
  readonly budget?: Budget
}

export function callOf(code: Uint8Array, descriptor: Descriptor, changes: CallChanges = {}): RuntimeCall {
  return {
    protocol: cidOf(new TextEncoder().encode('a descriptor')),
    descriptor,
    method: changes.method ?? 'handle',
    input: changes.input ?? new Uint8Array(),
    context: changes.context ?? new Uint8Array([0xa0]),
    budget: { ...BUDGET, ...changes.budget },
    loadCode: async () => code,
  }
}

/** A place to put bytes, in every fixture of a reactor: from 4096 on, growing. */
const ALLOC = `
  (global $free (mut i32) (i32.const 4096))
  (func (export "alloc") (param $len i32) (result i32)
    global.get $free
    global.get $free local.get $len i32.add global.set $free)`

/** Returns pointer and length as the ABI packs them. */
const PACK = `
  (func $pack (param $ptr i32) (param $len i32) (result i64)
    local.get $ptr i64.extend_i32_u i64.const 32 i64.shl
    local.get $len i64.extend_i32_u i64.or)`

/** A reactor whose `handle` has this body; `$ptr` and `$len` are the arguments. */
export function reactor(body: string, more = ''): string {
  return `(module (memory (export "memory") 2 16) ${ALLOC} ${PACK} ${more}
    (func $handle (export "handle") (param $ptr i32) (param $len i32) (result i64) ${body}))`
}

export const ECHO = reactor('local.get $ptr local.get $len call $pack')

export interface Fixture {
  readonly code: Uint8Array
  readonly descriptor: Descriptor
}

const assembled = new Map<string, Fixture>()

/** A reactor, or what `changes` say, deployed under a descriptor; the same text is the same fixture. */
export function fixture(text: string, changes: Partial<Descriptor> = {}): Fixture {
  const key = `${text}\n${JSON.stringify(changes)}`
  const known = assembled.get(key)
  if (known !== undefined) return known
  const code = assemble(text)
  const made = { code, descriptor: describeCode(code, changes) }
  assembled.set(key, made)
  return made
}

/** What can end a run early. */
export class RunEnd extends AbortController implements RunCancel {
  get aborted(): boolean {
    return this.signal.aborted
  }
}

/** Runs one call to its end. */
export async function run(
  runtime: Runtime,
  { code, descriptor }: Fixture,
  changes: CallChanges = {},
): Promise<RunResult> {
  return runtime.run(callOf(code, descriptor, changes), new RunEnd())
}
