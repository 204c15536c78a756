/** The shelf of a data folder believes only what this host has written, under the name it was written with. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import { createHost } from '../../create-host.ts'
import { openModuleFolder } from '../modules.ts'

const scratch = await mkdtemp(join(tmpdir(), 'modules-'))
after(() => rm(scratch, { recursive: true }))

let made = 0
const fresh = (): string => join(scratch, `${(made += 1)}`, 'modules')
const ENTRY = new Uint8Array(1000).map((_, index) => index & 255)
const NAME = 'bafkrei.32.2.1'
const OTHER = 'bafkrei.64.2.1'
const ROOM = { bytesMax: 100_000 }

async function filled(): Promise<string> {
  const folder = fresh()
  await openModuleFolder(folder, ROOM).put(NAME, ENTRY)
  return folder
}

/** As after a restart. */
const get = (folder: string, name = NAME): Promise<Uint8Array | undefined> =>
  openModuleFolder(folder, ROOM).get(name)

describe('the folder of modules', () => {
  it('gives back what was put, to whoever opens it next', async () => {
    const folder = await filled()
    assert.deepEqual(await get(folder), ENTRY)
    assert.equal(await get(folder, OTHER), undefined)
    assert.equal(await get(fresh()), undefined)
  })

  it('is for its owner alone', { skip: process.platform === 'win32' }, async () => {
    const folder = await filled()
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    for (const file of readdirSync(folder))
      assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file)
  })

  const changes: Readonly<Record<string, (folder: string, file: string) => void>> = {
    'one bit flipped at its end': (_, file) => {
      const bytes = readFileSync(file)
      bytes[bytes.length - 1]! ^= 1
      writeFileSync(file, bytes)
    },
    'one bit flipped in its proof': (_, file) => {
      const bytes = readFileSync(file)
      bytes[0]! ^= 1
      writeFileSync(file, bytes)
    },
    'its end cut off': (_, file) => writeFileSync(file, readFileSync(file).subarray(0, 500)),
    'nothing in it': (_, file) => writeFileSync(file, ''),
    'less than a proof': (_, file) => writeFileSync(file, readFileSync(file).subarray(0, 31)),
    'another key beside it': (folder) => writeFileSync(join(folder, 'key'), new Uint8Array(32)),
    'half of its key': (folder) =>
      writeFileSync(join(folder, 'key'), readFileSync(join(folder, 'key')).subarray(16)),
  }
  for (const [what, change] of Object.entries(changes)) {
    it(`ignores a file with ${what}, takes it away, and keeps the module anew`, async () => {
      const folder = await filled()
      change(folder, join(folder, NAME))
      assert.equal(await get(folder), undefined)
      assert.deepEqual(readdirSync(folder), ['key'])
      await openModuleFolder(folder, ROOM).put(NAME, ENTRY)
      assert.deepEqual(await get(folder), ENTRY)
    })
  }

  it('ignores the file of another name, and one from the folder of another host', async () => {
    const folder = await filled()
    renameSync(join(folder, NAME), join(folder, OTHER))
    assert.equal(await get(folder, OTHER), undefined)
    copyFileSync(join(await filled(), NAME), join(folder, NAME))
    assert.equal(await get(folder), undefined)
  })

  it('reads and writes nothing by a name that is none of a module', async () => {
    const folder = await filled()
    writeFileSync(join(folder, '..', 'a.1.1.1'), 'mine')
    for (const name of ['../a.1.1.1', 'key', '', '.', 'a.1.1', 'A.1.1.1', 'a.1.1.1/b']) {
      assert.equal(await get(folder, name), undefined)
      await openModuleFolder(folder, ROOM).put(name, ENTRY)
    }
    assert.deepEqual(readdirSync(folder).sort(), [NAME, 'key'])
    assert.equal(readFileSync(join(folder, '..', 'a.1.1.1'), 'utf8'), 'mine')
  })

  it('holds so many bytes at most: what was not used for longest goes', async () => {
    const folder = fresh()
    const shelf = openModuleFolder(folder, { bytesMax: 3 * (ENTRY.length + 32) })
    const names = [1, 2, 3].map((pages) => `bafkrei.${pages}.2.1`)
    for (const [age, name] of names.entries()) {
      await shelf.put(name, ENTRY)
      utimesSync(join(folder, name), 1000 + age, 1000 + age)
    }
    // The oldest has just been used.
    assert.deepEqual(await shelf.get(names[0]!), ENTRY)
    await shelf.put('bafkrei.4.2.1', ENTRY)
    assert.deepEqual(readdirSync(folder).sort(), [names[0], names[2], 'bafkrei.4.2.1', 'key'])
    await shelf.put('bafkrei.5.2.1', new Uint8Array(4 * ENTRY.length))
    assert.equal(readdirSync(folder).length, 4, 'one that is larger than all may be is not kept')
  })

  it('holds so many files at most, also when they are put at once', async () => {
    const folder = fresh()
    const shelf = openModuleFolder(folder, { ...ROOM, filesMax: 2 })
    await Promise.all([1, 2, 3, 4].map((pages) => shelf.put(`bafkrei.${pages}.2.1`, ENTRY)))
    assert.equal(readdirSync(folder).filter((name) => name !== 'key').length, 2)
  })

  it('takes away what a host left half written', async () => {
    const folder = await filled()
    writeFileSync(join(folder, '.0123456789ab'), ENTRY)
    await openModuleFolder(folder, ROOM).put(OTHER, ENTRY)
    assert.deepEqual(readdirSync(folder).sort(), [NAME, OTHER, 'key'])
  })

  it('leaves alone what somebody else has in a folder of this name', async () => {
    const folder = fresh()
    mkdirSync(join(folder, 'src'), { recursive: true })
    for (const name of ['index.js', '.gitignore', 'src/a.1.1.1', 'key.pem'])
      writeFileSync(join(folder, name), 'mine')
    const shelf = openModuleFolder(folder, { bytesMax: ENTRY.length + 32, filesMax: 1 })
    for (const name of [NAME, OTHER]) await shelf.put(name, ENTRY)
    assert.deepEqual(await shelf.get(OTHER), ENTRY)
    for (const name of ['index.js', '.gitignore', 'src/a.1.1.1', 'key.pem'])
      assert.equal(readFileSync(join(folder, name), 'utf8'), 'mine', name)
  })

  const posix = { skip: process.platform === 'win32' && 'files have no modes here' }

  it('believes nothing that was written with a key others may know', posix, async () => {
    const shared: Readonly<Record<string, (key: string) => void>> = {
      'a key that others may read': (key) => chmodSync(key, 0o644),
      'a key that others may write': (key) => chmodSync(key, 0o620),
      'a key that lies somewhere else': (key) => {
        renameSync(key, `${key}.else`)
        symlinkSync(`${key}.else`, key)
      },
    }
    for (const [what, share] of Object.entries(shared)) {
      const folder = await filled()
      share(join(folder, 'key'))
      assert.equal(await get(folder), undefined, what)
      assert.ok(lstatSync(join(folder, 'key')).isFile())
      assert.equal(statSync(join(folder, 'key')).mode & 0o777, 0o600)
    }
  })

  it('follows no link, and waits for nobody who never writes', { ...posix, timeout: 30_000 }, async () => {
    const folder = await filled()
    renameSync(join(folder, NAME), join(folder, 'elsewhere'))
    symlinkSync(join(folder, 'elsewhere'), join(folder, NAME))
    assert.equal(await get(folder), undefined, 'a link')
    const pipe = join(folder, OTHER)
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
    try {
      assert.equal(await get(folder, OTHER), undefined, 'a pipe')
    } finally {
      // Lets go whoever waits for it.
      closeSync(openSync(pipe, 'r+'))
    }
    await openModuleFolder(folder, ROOM).put(OTHER, ENTRY)
    assert.deepEqual(await get(folder, OTHER), ENTRY)
  })
})

describe('a host with a folder', () => {
  const code = readFileSync(new URL('../../../../examples/15-state-handler/tally.wasm', import.meta.url))

  it('keeps what it admits, and says nothing of it when the folder cannot be written', async () => {
    const data = join(scratch, 'host')
    for (const broken of [false, true]) {
      if (broken) {
        assert.equal(readdirSync(join(data, 'modules')).length, 2)
        await rm(join(data, 'modules'), { recursive: true })
        writeFileSync(join(data, 'modules'), 'no folder')
      }
      await using host = await createHost({ data })
      await host.deploy(code, {
        entry: 'reactor',
        methods: ['vote', 'votes'],
        pure: false,
        imports: ['state'],
      })
    }
    assert.equal(readFileSync(join(data, 'modules'), 'utf8'), 'no folder')
  })

  it('keeps nothing where it is told to, and none of less than nothing', async () => {
    const data = join(scratch, 'none')
    mkdirSync(data)
    await using host = await createHost({ data, moduleBytes: 0 })
    await host.deploy(code, { entry: 'reactor', methods: ['vote', 'votes'], pure: false, imports: ['state'] })
    await host.close()
    assert.ok(!readdirSync(data).includes('modules'))
    await assert.rejects(createHost({ data, moduleBytes: -1 }), RangeError)
  })
})
