import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { confined, confinement } from '../confinement.ts'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'

const PROBE = fileURLToPath(new URL('./probe-child.js', import.meta.url))
const DYING_HOST = fileURLToPath(new URL('./dying-host-child.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'promisegrid-confined-'))
const secret = join(folder, 'secret')
const server = createServer((socket) => socket.destroy())
let port = ''

type Found = Readonly<Record<string, unknown>>

async function probe(command: string, words: readonly string[]): Promise<Found> {
  const child = spawn(command, words, { env: {}, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] })
  return JSON.parse(await text(child.stdio[3] as Readable)) as Found
}

before(async () => {
  writeFileSync(secret, 'of the host')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = String((server.address() as AddressInfo).port)
})
after(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

describe('a process of a lane', () => {
  let found: Found
  before(async () => {
    const { command, words } = confined(PROBE, [secret, port, String(process.pid)])
    found = await probe(command, words)
  })

  test('reads no file but its own program', () => {
    assert.notEqual(found['readsSecret'], 'done')
    assert.notEqual(found['listsHome'], 'done')
  })

  test('writes none', () => {
    assert.notEqual(found['writes'], 'done')
    assert.ok(!existsSync(`${secret}.new`))
  })

  test('starts no program and no thread', (t) => {
    if (!confinement().permissions) return t.skip('this version of Node has no permissions')
    assert.deepEqual([found['starts'], found['makesThread']], ['ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED'])
  })

  test('reaches no network, and no process of the host', (t) => {
    if (confinement().bubblewrap === undefined)
      return t.skip('bubblewrap is not here, or may not do its work: network and processes are not shut off')
    assert.notEqual(found['connects'], 'done')
    assert.notEqual(found['signals'], 'done')
  })

  test('has nothing of the environment, and no channel that Node would obey', () => {
    assert.deepEqual([found['environment'], found['hasChannel']], [[], false])
  })
})

test('the probe would see what it can reach', async () => {
  const found = await probe(process.execPath, [PROBE, secret, port, String(process.pid)])
  for (const what of ['readsSecret', 'writes', 'starts', 'makesThread', 'connects', 'signals'])
    assert.equal(found[what], 'done', what)
})

test('a guest that does not end ends with its host, also when that is killed and nothing confines it', async (t) => {
  if (process.platform !== 'linux') return t.skip('children of a process are looked up in /proc')
  const host = spawn(process.execPath, [DYING_HOST], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(host.stdout, 'data')
  const children = readFileSync(`/proc/${host.pid}/task/${host.pid}/children`, 'utf8').trim().split(' ')
  assert.equal(children.length, 1)
  host.kill('SIGKILL')
  await once(host, 'exit')
  for (let tries = 0; isThere(Number(children[0])); tries++) {
    assert.ok(tries < 4_000, 'it goes on')
    await setTimeout(25)
  }
})

/** One that has ended and is not yet collected is not there. */
function isThere(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
