/** Guests that try what the cases W-01 to W-22 and W-30 to W-36 of spec/hostile-cases.md name, and what comes of each. */
import { readFileSync } from 'node:fs'
import wabt from 'wabt'

import { decodeCbor, DAG_CBOR_PROFILE, encodeDagCbor } from '../../../../promisebase/index.ts'
import { Blocks } from '../../../wasi/test/program-kit.ts'
import { describe, MODULES } from './modules.ts'
import type { CID } from 'multiformats/cid'
import type { Budget, Descriptor, RefusalCode } from '../../../../kernel/index.ts'

export interface Hostile {
  readonly case: string
  readonly tries: string
  readonly code: Uint8Array
  /** What ends it: at admission, or when it runs; undefined where it is harmless. */
  readonly ends: RefusalCode | undefined
  readonly budget?: Budget
  readonly imports?: readonly string[]
  /** How it is entered, and with what, where it is no reactor. */
  readonly entry?: 'component' | 'program'
  readonly input?: Uint8Array
  /** What a program can read. */
  readonly blocks?: Blocks
  /** The last error numbers that a program tells, one for each operation. */
  readonly errnos?: readonly number[]
}

const INPUT = new TextEncoder().encode('hello, grid')

/** The input of a call of this guest. */
export const inputOf = ({ input = INPUT }: Hostile): Uint8Array => input

/** Its method: the component that is checked in has another one. */
export const methodOf = ({ entry }: Hostile): string => (entry === 'component' ? 'handle' : 'run')

export function descriptorOf(hostile: Hostile): Descriptor {
  const { code, entry, imports = [] } = hostile
  // Of state that is asked no result is kept.
  return {
    ...describe(code),
    entry: entry ?? 'reactor',
    methods: [methodOf(hostile)],
    imports,
    pure: !imports.includes('state'),
  }
}

/** The error numbers in what a program has written. */
export function errnosIn(output: Uint8Array): readonly number[] {
  const result = decodeCbor(output, DAG_CBOR_PROFILE).ok as ReadonlyMap<string, Uint8Array>
  const text = new TextDecoder().decode(result.get('stdout'))
  return [...text.matchAll(/ = (\d+)$/gm)].map(([, errno]) => Number(errno))
}

const toolkit = await wabt()
const FEATURES = { threads: true, memory64: true, exceptions: true }

function assembled(fields: string): Uint8Array {
  const parsed = toolkit.parseWat('hostile.wat', `(module ${fields})`, FEATURES)
  try {
    return parsed.toBinary({}).buffer.slice()
  } finally {
    parsed.destroy()
  }
}

const ALLOC = '(func (export "alloc") (param i32) (result i32) (i32.const 1024))'
const reactor = (body: string, more = '', memory = '(memory 1)'): Uint8Array =>
  assembled(`${more} ${memory} ${ALLOC}
    (func $run (export "run") (param $at i32) (param $length i32) (result i64) ${body})`)
const gives = '(i64.const 0)'

/** A section of nobody's concern, behind a module that is fine. */
function withCustomSection(bytes: number): Uint8Array {
  const length = [0, 7, 14, 21, 28].map((shift) => ((bytes + 2) >> shift) & 127)
  const head = [0, ...length.map((part, index) => (index < 4 ? part | 128 : part)), 1, 0x78]
  const code = new Uint8Array(MODULES.echo.length + head.length + bytes)
  code.set(MODULES.echo)
  code.set(head, MODULES.echo.length)
  return code
}

/** A length as the format has it. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >> 7)]
}

const counted = (bytes: readonly number[]): number[] => [...leb(bytes.length), ...bytes]
const named = (name: string): number[] => counted([...new TextEncoder().encode(name)])

/** Blocks inside each other in a method `run`, written byte by byte: an assembler takes minutes for so many. */
function nested(blocks: number): Uint8Array {
  const alloc = [0, 0x41, 0x80, 0x08, 0x0b]
  const opened = Array.from({ length: blocks }, () => [0x02, 0x40]).flat()
  const run = [0, ...opened, ...Array<number>(blocks).fill(0x0b), 0x42, 0, 0x0b]
  const sections = [
    [2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 2, 0x7f, 0x7f, 1, 0x7e], // (i32) -> i32, (i32, i32) -> i64
    [2, 0, 1], // two functions, one of each
    [1, 0, 1], // a memory of one page
    [2, ...named('alloc'), 0, 0, ...named('run'), 0, 1],
    [2, ...counted(alloc), ...counted(run)],
  ]
  const ids = [1, 3, 5, 7, 10]
  const body = sections.flatMap((section, index) => [ids[index] ?? 0, ...counted(section)])
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...body])
}

const refusedCode = (name: string, tries: string, code: Uint8Array): Hostile => ({
  case: name,
  tries,
  code,
  ends: 'ADMIT',
})

/** A component that writes, and then fails while it tidies up, in the way of this number. */
function untidy(order: number): Hostile {
  const ends = ({ 2: 'BUDGET_FUEL', 3: 'BUDGET_DEPTH' } as const)[order] ?? 'TRAP'
  const built = new URL('../../../../../runtimes/wasi/component/guest/built/untidy.wasm', import.meta.url)
  return {
    case: 'W-22',
    tries: `to fail while it tidies up, in way ${order}`,
    code: new Uint8Array(readFileSync(built)),
    entry: 'component',
    imports: ['state'],
    input: Uint8Array.of(order),
    ends,
  }
}

/** Error numbers of WASI: not capable, no permission, across devices, no entry. */
const [OUT, PERM, XDEV, NOENT] = [76, 63, 75, 44]
const IN = { up: { link: '../../secret' }, text: 'inside' }
const PROBE = new URL('../../../wasi/test/programs/probe.wasm', import.meta.url)

interface Escape {
  /** Words that the probe obeys. */
  readonly operations: string
  /** An input at `/in`; without one it has a folder to write. */
  readonly files?: Parameters<Blocks['folder']>[0]
  readonly errnos: readonly number[]
}

/** A program that goes where it may not, and tells what it was told. */
function escape(name: string, tries: string, { operations, files, errnos }: Escape): Hostile {
  const blocks = new Blocks()
  const given: Readonly<Record<string, string | Record<string, CID>>> =
    files === undefined ? { scratch: '/' } : { files: { '/in': blocks.folder(files) }, scratch: '/out' }
  const input = encodeDagCbor({ args: operations.split(' '), ...given })
  const code = new Uint8Array(readFileSync(PROBE))
  const budget = { fuel: 100_000_000 }
  return { case: name, tries, code, entry: 'program', input, blocks, errnos, budget, ends: undefined }
}

export const HOSTILE: readonly Hostile[] = [
  { case: 'W-01', tries: 'a loop without end', code: MODULES.loops, ends: 'BUDGET_FUEL' },
  { case: 'W-02', tries: 'the same at the start', code: MODULES.loopsAtStart, ends: 'BUDGET_FUEL' },
  { case: 'W-03', tries: 'recursion without end', code: MODULES.recurses, ends: 'BUDGET_DEPTH' },
  { case: 'W-04', tries: 'memory without end', code: MODULES.growsMemory, ends: 'BUDGET_FUEL' },
  refusedCode('W-05', 'two gigabytes to begin with', MODULES.hugeMemory),
  {
    case: 'W-06',
    tries: 'memory that is not granted',
    code: MODULES.echo,
    ends: 'BUDGET_MEMORY',
    budget: { memoryBytes: 2 ** 20 },
  },
  refusedCode('W-07', 'a table of four million', MODULES.hugeTable),
  { case: 'W-08', tries: 'a table without end', code: MODULES.growsTable, ends: 'BUDGET_FUEL' },
  refusedCode('W-09', 'ninety tables', reactor(gives, '(table 100000 funcref)'.repeat(90))),
  refusedCode('W-10', 'fifty thousand locals', reactor(`(local ${'i32 '.repeat(50_001)}) ${gives}`)),
  refusedCode('W-10', 'twenty thousand functions', reactor(gives, '(func)'.repeat(20_001))),
  refusedCode('W-11', 'ten thousand blocks inside each other', nested(10_000)),
  {
    case: 'W-11',
    tries: 'as many blocks inside each other as are admitted',
    code: nested(2_000),
    ends: undefined,
  },
  refusedCode(
    'W-12',
    'a branch to a hundred thousand places',
    reactor(`(block (br_table ${'0 '.repeat(100_000)} (i32.const 0))) ${gives}`),
  ),
  refusedCode('W-13', 'a shared memory', reactor(gives, '', '(memory 1 2 shared)')),
  refusedCode('W-13', 'a memory of 64 bits', reactor(gives, '', '(memory i64 1)')),
  refusedCode('W-13', 'an exception', reactor(gives, '(tag)')),
  refusedCode('W-14', 'sixty megabytes of a custom section', withCustomSection(60_000_000)),
  refusedCode('W-15', 'a function that is not offered', reactor(gives, '(import "env" "exit" (func))')),
  refusedCode(
    'W-15',
    'a function under another type',
    reactor(gives, '(import "promisegrid" "log" (func (param i64)))'),
  ),
  refusedCode('W-16', 'an export called __proto__', reactor(gives, '(func (export "__proto__"))')),
  {
    case: 'W-17',
    tries: 'nothing but too little fuel',
    code: MODULES.echo,
    ends: 'BUDGET_FUEL',
    budget: { fuel: 1 },
  },
  {
    case: 'W-18',
    tries: 'calls of its host without end',
    code: reactor(
      `(loop $more (call $log (i32.const 0) (i32.const 1)) (br $more)) (unreachable)`,
      '(import "promisegrid" "log" (func $log (param i32 i32)))',
    ),
    ends: 'BUDGET_FUEL',
    imports: ['log'],
  },
  {
    case: 'W-19',
    tries: 'a result outside of its memory',
    code: reactor('(i64.const 0xfffffff000000040)'),
    ends: 'TRAP',
  },
  {
    case: 'W-20',
    tries: 'a memory that grows while its host writes',
    code: assembled(`(memory 1)
      (func (export "alloc") (param i32) (result i32) (drop (memory.grow (i32.const 4))) (i32.const 1024))
      (func (export "run") (param i32 i32) (result i64) ${gives})`),
    ends: undefined,
  },
  {
    case: 'W-21',
    tries: 'a result of two gigabytes',
    code: reactor('(i64.const 0x80000000)'),
    ends: 'BUDGET_OUTPUT',
  },
  ...[1, 2, 3, 4, 5].map((order) => untidy(order)),
  escape('W-30', 'paths above its folder, and absolute ones', {
    operations: 'mkdir a openf .. openf /etc/hostname openf a/../../b mkdir ../a rename ../f f',
    errnos: [OUT, OUT, OUT, OUT, OUT],
  }),
  escape('W-31', 'links of an input that lead out', {
    operations: 'openf up openf top read in/up statf up read fine',
    files: { up: { link: '../secret' }, top: { link: '/etc/passwd' }, in: IN, fine: { link: 'in/text' } },
    errnos: [OUT, OUT, OUT, OUT, 0],
  }),
  escape('W-32', 'a link of its own that leads out', {
    operations: 'symlink ../../../.. up read up/etc/hostname openf up creat up/a symlink /etc/hostname top',
    errnos: [0, OUT, OUT, OUT, PERM],
  }),
  escape('W-33', 'a slash behind a link', {
    operations: 'symlink .. up open up/ stat up/ opendir up/',
    errnos: [0, OUT, OUT, OUT],
  }),
  escape('W-34', 'moves and links from one folder to another', {
    operations: 'linkto text 4 text renameto text 4 text',
    files: { text: 'inside' },
    errnos: [XDEV, XDEV],
  }),
  escape('W-35', 'a folder that is swapped for a link', {
    operations: 'mkdir d write d/f x read d/f rename d old symlink .. d read d/f opendir d',
    errnos: [0, 0, 0, OUT, OUT],
  }),
  escape('W-36', 'devices and processes', {
    operations: 'openf proc/self/fd openf dev/null openf dev/stdin openf proc',
    errnos: [NOENT, NOENT, NOENT, NOENT],
  }),
]
