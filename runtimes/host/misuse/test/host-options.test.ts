/** Options that cannot be: thrown at once, with their name, and before anything is made. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { createHost, openGrids } from '../../index.ts'
import { nearest } from '../nearest.ts'
import { temporaryFolder } from '../../test/grid.ts'
import type { HostOptions } from '../../index.ts'

/** What is given, and the error of it: its message begins with the name of the option. */
const WRONG: readonly (readonly [given: unknown, error: string])[] = [
  [null, 'TypeError: options must be an object'],
  ['./folder', 'TypeError: options must be an object'],
  [[], 'TypeError: options must be an object'],
  [{ dada: 'x' }, 'TypeError: dada is no option: did you mean data?'],
  [{ isolatoin: 'x' }, 'TypeError: isolatoin is no option: did you mean isolation?'],
  [{ Passphrase: 'x' }, 'TypeError: Passphrase is no option: did you mean passphrase?'],
  [{ xylophone: undefined }, 'TypeError: xylophone is no option: there are data, '],
  [{ toString: 1 }, 'TypeError: toString is no option: there are data, '],
  [{ data: 5 }, 'TypeError: data must be the path of a folder'],
  [{ data: '' }, 'TypeError: data must be the path of a folder'],
  [{ data: new URL('file:///tmp/x') }, 'TypeError: data must be the path of a folder'],
  [{ isolation: 'proces' }, "TypeError: isolation must be an object such as { tier: 'process' }"],
  [{ isolation: null }, 'TypeError: isolation must be an object'],
  [{ isolation: { tier: 'x' } }, "TypeError: isolation.tier must be one of 'here', 'thread', 'process'"],
  [{ isolation: { teir: 'here' } }, 'TypeError: isolation.teir is no option: did you mean isolation.tier?'],
  [{ isolation: { lanes: 0 } }, 'RangeError: lanes must be'],
  [{ isolation: { lanes: '2' } }, 'TypeError: isolation.lanes must be a number'],
  [{ isolation: { waiting: -1 } }, 'RangeError: isolation.waiting must be'],
  [{ isolation: { confinement: 'none' } }, "TypeError: isolation.confinement must be one of 'best', "],
  [{ isolation: { admission: 5 } }, 'TypeError: isolation.admission must be an object'],
  [{ isolation: { shelf: {} } }, 'TypeError: isolation.shelf must be a ModuleShelf'],
  [{ admission: 5 }, 'TypeError: admission must be an object'],
  [{ admission: { atmost: {} } }, 'TypeError: admission.atmost is no option: did you mean admission.atMost?'],
  [{ admission: { atMost: 5 } }, 'TypeError: admission.atMost must be'],
  [{ admission: { atMost: { wings: 1 } } }, 'TypeError: admission: nothing is called "wings"'],
  [{ admission: { features: 'simd' } }, 'TypeError: admission.features must be a list of names'],
  [{ admission: { imports: [5] } }, 'TypeError: admission.imports[0] must be a string'],
  [{ handlers: {} }, 'TypeError: handlers must be a list of native handlers'],
  [{ handlers: [{ name: 'x' }] }, 'TypeError: handlers[0] must be a native handler, with run'],
  [{ runtimes: [null] }, 'TypeError: runtimes[0] must be a runtime, with profile, admit, run'],
  [{ moduleBytes: -1 }, 'RangeError: moduleBytes must be a natural number'],
  [{ moduleBytes: '1' }, 'TypeError: moduleBytes must be a number'],
  [{ limits: { codeByte: 1 } }, 'TypeError: limits.codeByte is no option: did you mean limits.codeBytes?'],
  [{ limits: { codeBytes: 0.5 } }, 'RangeError: limits.codeBytes must be a natural number'],
  [{ limits: 5 }, 'TypeError: limits must be an object'],
  [{ views: 5 }, 'TypeError: views must be pairs'],
  [{ unknownProtocols: 'accept' }, "TypeError: unknownProtocols must be one of 'refuse', 'opaque'"],
  [{ trace: true }, 'TypeError: trace must be a function'],
  [{ trusts: [] }, 'TypeError: trusts must be a function'],
  [{ passphrase: 5 }, 'TypeError: passphrase must be a string, or a function'],
  [{ passphrase: 'x' }, 'TypeError: passphrase is for the key files in data'],
  [{ identities: new Map() }, 'TypeError: identities must be Keys'],
  [{ clock: 5 }, 'TypeError: clock must be a function'],
  [{ acceptClock: 'yes' }, 'TypeError: acceptClock must be true or false'],
]
/** What is of one grid alone. */
const OF_ONE: typeof WRONG = [
  [{ gridName: 5 }, 'TypeError: gridName must be a string'],
  [{ store: {} }, 'TypeError: store must be a Store, with snapshot, transact, close'],
]

describe('createHost()', () => {
  for (const [given, error] of [...WRONG, ...OF_ONE])
    test(`refuses ${told(given)}`, async () => {
      assert.ok((await thrownBy(createHost(given as HostOptions))).startsWith(error))
    })

  test('makes no folder for options that cannot be', async () => {
    const data = join(temporaryFolder(), 'grid')
    await assert.rejects(createHost({ data, limits: { codeBytes: -1 } }), RangeError)
    await assert.rejects(createHost({ data, lables: 1 } as HostOptions), TypeError)
    assert.ok(!existsSync(data))
  })

  test('takes an option that is there and undefined as absent', async () => {
    await using host = await createHost({ data: undefined, isolation: undefined } as unknown as HostOptions)
    assert.equal((await host.call({ protocol: await host.handler('echo'), method: 'echo' })).status, 'kept')
  })

  test('takes each tier by its name, and by a function', async () => {
    for (const tier of ['here', 'thread', 'process', (): 'here' => 'here'] as const)
      await (await createHost({ isolation: { tier } })).close()
  })
})

describe('openGrids()', () => {
  for (const [given, error] of WRONG)
    test(`refuses ${told(given)}`, async () => {
      assert.ok((await thrownBy(openGrids(given as HostOptions))).startsWith(error))
    })

  test('has no option for what is of one grid alone', async () => {
    for (const [given] of OF_ONE)
      assert.match(await thrownBy(openGrids(given as HostOptions)), /^TypeError: \w+ is no option/)
  })
})

describe('a name that is none', () => {
  test('is near one that differs in a letter or two', () => {
    assert.equal(nearest('trase', ['trusts', 'trace']), 'trace')
    assert.equal(nearest('LIMITS', ['limits']), 'limits')
  })

  test('is near nothing that shares little with it', () => {
    assert.equal(nearest('bob', ['data', 'trace', 'isolation']), undefined)
    assert.equal(nearest('x'.repeat(100_000), ['data']), undefined)
  })
})

function told(given: unknown): string {
  return given instanceof Object && 'data' in given ? `data: ${String(given.data)}` : JSON.stringify(given)
}

async function thrownBy(made: Promise<{ close(): Promise<void> }>): Promise<string> {
  return made.then(
    async (opened) => {
      await opened.close()
      return 'nothing was thrown'
    },
    (error: unknown) => String(error),
  )
}
