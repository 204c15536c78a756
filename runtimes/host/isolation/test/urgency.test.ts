// A thread whose guest goes on and on is less urgent than others, for as long as it does and where that can be taken back.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('./urgency-child.js', import.meta.url))
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
/** CAP_SYS_NICE, which a root in a container may be without. */
const MAY_RAISE = 23n

interface Told {
  readonly before: number
  readonly meanwhile: number
  readonly after: number
  readonly code: string
}

function told(as: { readonly uid?: number } = {}): Told {
  const { stdout, stderr } = spawnSync(process.execPath, [CHILD], { encoding: 'utf8', ...as })
  assert.equal(stderr, '')
  return JSON.parse(stdout) as Told
}

const own = getPriority()

function mayRaise(): boolean {
  if (process.platform !== 'linux' || own > 9) return false
  const effective = /^CapEff:\s+(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return ((BigInt(`0x${effective ?? '0'}`) >> MAY_RAISE) & 1n) === 1n
}

test('a guest that goes on makes its thread less urgent until it has ended', (t) => {
  if (!mayRaise()) return t.skip('only with CAP_SYS_NICE on Linux may a priority be raised again')
  assert.deepEqual(told(), { before: own, meanwhile: own + 10, after: own, code: 'BUDGET_TIME' })
})

test('where that could not be taken back, threads stay one step below their host', (t) => {
  if (process.platform !== 'linux' || !isRoot) return t.skip('only root on Linux can start as somebody else')
  const reads = `require('node:fs').accessSync(${JSON.stringify(CHILD)})`
  if (spawnSync(process.execPath, ['--eval', reads], { uid: NOBODY }).status !== 0)
    return t.skip('somebody else may not run Node from where it is, or read this folder')
  const lowered = { before: own + 1, meanwhile: own + 1, after: own + 1, code: 'BUDGET_TIME' }
  assert.deepEqual(told({ uid: NOBODY }), lowered)
})
