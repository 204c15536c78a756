/** The chapter says what the code does: its example, its bounds, its functions; so does the header for C. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { checkGroups, hostImportProblem, hostSignature } from '../host/groups.ts'
import { HOST_FUEL, HOST_LIMITS } from '../host/limits.ts'
import { memoryStore, runAsking, SPACE, bytesOf } from './asking.ts'
import { fixture } from './fixtures.ts'

const root = new URL('../../../../', import.meta.url)
const chapter = readFileSync(new URL('spec/host-functions.md', root), 'utf8')
const header = readFileSync(new URL('runtimes/wasi/host/promisegrid.h', root), 'utf8')

test('the example of the chapter costs what the chapter says', async () => {
  const text = /```wat\n([^]*?)```/.exec(chapter)?.[1] ?? ''
  const stated = Number(/`add` takes \*\*(\d+)\*\* units/.exec(chapter)?.[1])
  const example = fixture(text, { methods: ['add'], pure: false, imports: ['state'] })
  const store = await memoryStore()
  await store.transact(async (transaction) =>
    transaction.put(SPACE, bytesOf('count'), Uint8Array.of(6, 0, 0, 0)),
  )
  const { ended } = await runAsking(example, { method: 'add', store })
  assert.deepEqual('output' in ended && ended.output, Uint8Array.of(7, 0, 0, 0))
  assert.equal(ended.fuel, stated)
  assert.equal((await runAsking(example, { method: 'add' })).ended.fuel, stated - 4)
})

test('the chapter states every bound and every price that the code applies', () => {
  for (const number of [...Object.values(HOST_LIMITS), ...Object.values(HOST_FUEL)])
    assert.ok(chapter.includes(number.toLocaleString('en')), `the chapter does not state ${number}`)
})

/** What the chapter lists, a bracket being two numbers. */
function stated(): ReadonlyMap<string, number> {
  const rows = chapter.matchAll(/^\| `([a-z_]+)\(([^)]*)\)` \|/gm)
  return new Map(
    [...rows].map(([, name = '', parameters = '']) => [
      name,
      parameters
        .split(', ')
        .filter((parameter) => parameter !== '')
        .reduce((sum, parameter) => sum + (parameter.startsWith('[') ? 2 : 1), 0),
    ]),
  )
}

test('the chapter, the header and the code have the same functions, with as many parameters', () => {
  const functions = stated()
  assert.ok(functions.size > 15)
  const imported = [...header.matchAll(/PG_IMPORT\("([a-z_]+)"\)\s[^;]*?\(([^;]*)\);/g)]
  assert.deepEqual(imported.map(([, name]) => name).sort(), [...functions.keys()].sort())
  for (const [, name = '', parameters = ''] of imported) {
    const count = parameters === 'void' ? 0 : parameters.split(',').length
    const signature = hostSignature('promisegrid', name)
    assert.equal(count, functions.get(name), name)
    assert.equal(signature?.split(':')[0]?.length, count, name)
  }
})

test('the chapter names the groups, and which of them a pure handler may ask for', () => {
  const groups = [...chapter.matchAll(/^\| `([a-z.]+)` \| [^|]* \| (yes|no)/gm)]
  assert.equal(groups.length, 7)
  for (const [, group = '', pure] of groups) {
    if (group === 'answer') continue
    assert.equal(checkGroups({ imports: [group], pure: false }).refused, undefined, group)
    assert.equal(checkGroups({ imports: [group], pure: true }).refused === undefined, pure === 'yes', group)
  }
  assert.equal(
    hostImportProblem(['answer_length', 'answer_read', 'answer_refuse'], { imports: [] }),
    undefined,
  )
})
