import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, readlink, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { lockFolder } from '../level/lock-node.ts'
import { openLevelBackend, openLevelStore } from '../level/index.ts'
import { startChild } from './child.ts'
import { nodeCrypto } from './node-crypto.ts'
import { temporaryFolder } from './temporary-folder.ts'

const LOCKED = { name: 'StoreError', code: 'LOCKED' }

/** What another process is told when it opens the folder. */
async function openElsewhere(folder: string): Promise<string | undefined> {
  const racer = startChild('open-racer.js', [folder])
  racer.process.stdin.write('go\n')
  const answer = await racer.line(/^(?!ready)/)
  racer.process.stdin.end()
  await racer.ended()
  return answer
}

/** The name of a process that has run and is gone. */
async function deadOwner(): Promise<{ pid: number; boot: string }> {
  const { path, remove } = await temporaryFolder()
  const unlock = await lockFolder(path)
  const boot = (await readlink(join(path, 'lock'))).split('-')[2]!
  await unlock()
  await remove()
  const child = startChild('open-racer.js', ['-'])
  await child.kill()
  return { pid: child.process.pid!, boot }
}

test('opens a folder once in a process, under whichever name, and keeps its lock', async () => {
  const { path, remove } = await temporaryFolder()
  const folder = join(path, 'store')
  const backend = await openLevelBackend(folder)
  await symlink(folder, join(path, 'alias'))
  const names = [folder, join(path, 'alias'), `${folder}/../store/`, relative(process.cwd(), folder)]
  for (const name of names) await assert.rejects(openLevelBackend(name), LOCKED)
  assert.equal(await openElsewhere(folder), 'LOCKED')
  assert.equal(await openElsewhere(join(path, 'alias')), 'LOCKED')
  const key = Uint8Array.of(1)
  await backend.batch([{ type: 'put', key, value: key }], { durable: true })
  await backend.close()
  assert.equal(await openElsewhere(folder), 'opened')
  const again = await openLevelBackend(folder)
  const snapshot = again.snapshot()
  assert.deepEqual(await snapshot.get(key), key)
  snapshot.close()
  await again.close()
  await remove()
})

test('lets one of many racers in this process create a store', async () => {
  const { path, remove } = await temporaryFolder()
  const races = await Promise.allSettled(
    Array.from({ length: 20 }, () => openLevelBackend(join(path, 'store'))),
  )
  const winners = races.filter((race) => race.status === 'fulfilled')
  assert.equal(winners.length, 1)
  for (const race of races) if (race.status === 'rejected') assert.equal(race.reason.code, 'LOCKED')
  await winners[0]!.value.close()
  await remove()
})

test('lets one of several processes create a store', async () => {
  const { path, remove } = await temporaryFolder()
  const racers = Array.from({ length: 5 }, () => startChild('open-racer.js', [join(path, 'store')]))
  for (const racer of racers) await racer.line(/^ready$/)
  for (const racer of racers) racer.process.stdin.write('go\n')
  const answers = await Promise.all(racers.map((racer) => racer.line(/^(?!ready)/)))
  for (const racer of racers) racer.process.stdin.end()
  for (const racer of racers) await racer.ended()
  assert.deepEqual(answers.sort(), ['LOCKED', 'LOCKED', 'LOCKED', 'LOCKED', 'opened'])
  await remove()
})

test('gives a lock to one of a hundred racers, free, left by the dead or half taken over', async () => {
  const { pid, boot } = await deadOwner()
  const dead = (nonce: string) => `${pid}-1-${boot}-${nonce.repeat(16)}`
  const leftovers: [name: string, text: string][][] = [
    [],
    [['lock', dead('a')]],
    // Killed while it took over from `a`, and another one while it took over from that.
    [
      ['lock', dead('a')],
      [`lock.${'a'.repeat(16)}`, dead('b')],
    ],
    [
      ['lock', dead('a')],
      [`lock.${'a'.repeat(16)}`, dead('b')],
      [`lock.${'a'.repeat(16)}.${'b'.repeat(16)}`, dead('c')],
    ],
  ]
  for (const leftover of leftovers) {
    for (let round = 0; round < 5; round++) {
      const { path, remove } = await temporaryFolder()
      for (const [name, text] of leftover) await symlink(text, join(path, name))
      const races = await Promise.allSettled(Array.from({ length: 100 }, () => lockFolder(path)))
      const winners = races.filter((race) => race.status === 'fulfilled')
      assert.equal(winners.length, 1)
      for (const race of races) if (race.status === 'rejected') assert.equal(race.reason.code, 'LOCKED')
      await winners[0]!.value()
      assert.deepEqual(await readdir(path), [])
      await remove()
    }
  }
})

test('opens a folder whose owner is dead, whoever has its number now', async () => {
  const { pid, boot } = await deadOwner()
  const other = '0123456789abcdef'
  for (const owner of [
    `${pid}-1-${boot}-${other}`,
    `${process.pid}-1-${boot}-${other}`,
    `${process.pid}-${await ownStart()}-${boot.replace(/./g, '0')}-${other}`,
  ]) {
    const { path, remove } = await temporaryFolder()
    await symlink(owner, join(path, 'lock'))
    const backend = await openLevelBackend(path)
    await backend.close()
    assert.deepEqual(await readdir(path), ['ballast', 'closed', 'level'])
    await remove()
  }
})

async function ownStart(): Promise<string> {
  const { path, remove } = await temporaryFolder()
  const unlock = await lockFolder(path)
  const start = (await readlink(join(path, 'lock'))).split('-')[1]!
  await unlock()
  await remove()
  return start
}

test('refuses a folder whose owner lives, or cannot be read', async () => {
  const { path, remove } = await temporaryFolder()
  const unlock = await lockFolder(path)
  await assert.rejects(openLevelBackend(path), LOCKED)
  assert.equal(await openElsewhere(path), 'LOCKED')
  await unlock()
  await writeFile(join(path, 'lock'), '')
  await assert.rejects(openLevelBackend(path), LOCKED)
  await unlink(join(path, 'lock'))
  await (await openLevelBackend(path)).close()
  await remove()
})

test('removes only its own lock', async () => {
  const { path, remove } = await temporaryFolder()
  const unlock = await lockFolder(path)
  await unlink(join(path, 'lock'))
  await symlink('somebody else', join(path, 'lock'))
  await unlock()
  assert.equal(await readlink(join(path, 'lock')), 'somebody else')
  await remove()
})

test('opens after the process that had it open was killed', async () => {
  const { path, remove } = await temporaryFolder()
  const racer = startChild('open-racer.js', [path])
  racer.process.stdin.write('go\n')
  assert.equal(await racer.line(/^(?!ready)/), 'opened')
  assert.equal(await openElsewhere(path), 'LOCKED')
  await racer.kill()
  await (await openLevelBackend(path)).close()
  await remove()
})

test('begins again where a creation did not end', async () => {
  const { path, remove } = await temporaryFolder()
  await mkdir(join(path, 'level.creating', 'deeper'), { recursive: true })
  await writeFile(join(path, 'level.creating', 'CURRENT'), 'MANIFEST-000009\n')
  await (await openLevelBackend(path)).close()
  assert.deepEqual(await readdir(path), ['ballast', 'closed', 'level'])
  await remove()
})

test('answers IO where no folder can be, and leaves nothing behind', async () => {
  const { path, remove } = await temporaryFolder()
  await writeFile(join(path, 'file'), '')
  for (const folder of [join(path, 'file'), join(path, 'file', 'store'), join(path, 'x'.repeat(300))]) {
    await assert.rejects(openLevelBackend(folder), { name: 'StoreError', code: 'IO' })
  }
  assert.deepEqual(await readdir(path), ['file'])
  await remove()
})

test('answers IO when no file can be opened, and opens as soon as one can', async (t) => {
  if (process.platform !== 'linux') return t.skip('needs a limit on open files')
  const { path, remove } = await temporaryFolder()
  const folder = join(path, 'store')
  const racer = startChild('open-racer.js', [folder, 'crowded'], 'ulimit -n 200')
  racer.process.stdin.write('go\n')
  assert.equal(await racer.line(/^crowded/), 'crowded IO')
  assert.equal(await racer.line(/^(?!ready)/), 'opened')
  racer.process.stdin.end()
  await racer.ended()
  await (await openLevelBackend(folder)).close()
  await remove()
})

test('answers CORRUPT when files of the engine are missing', async () => {
  for (const damage of [
    (level: string, names: string[]) =>
      rm(
        join(
          level,
          names.find((name) => name === 'CURRENT')!,
        ),
      ),
    (level: string, names: string[]) =>
      rm(
        join(
          level,
          names.find((name) => name.startsWith('MANIFEST'))!,
        ),
      ),
    (level: string) => writeFile(join(level, 'CURRENT'), ''),
    (level: string) => writeFile(join(level, 'CURRENT'), 'MANIFEST-999999\n'),
  ]) {
    const { path, remove } = await temporaryFolder()
    await (await openLevelBackend(path)).close()
    await damage(join(path, 'level'), await readdir(join(path, 'level')))
    await assert.rejects(openLevelBackend(path), { name: 'StoreError', code: 'CORRUPT' })
    assert.deepEqual(await readdir(path), ['ballast', 'closed', 'level'], 'the lock is released')
    await remove()
  }
})

test('says that the disk is read-only, and changes nothing', async (t) => {
  const { path, remove } = await temporaryFolder()
  const mount = (...options: string[]) =>
    spawnSync('mount', [...options, path], { stdio: 'ignore' }).status === 0
  if (!mount('-t', 'tmpfs', 'tmpfs')) {
    await remove()
    return t.skip('a file system can only be mounted by root on Linux')
  }
  try {
    const folder = join(path, 'store')
    await (await openLevelBackend(folder, { ballastBytes: 0 })).close()
    const before = await contentOf(folder)
    assert.ok(mount('-o', 'remount,ro'))
    await assert.rejects(openLevelBackend(folder), { code: 'IO', message: /EROFS: read-only file system/ })
    assert.deepEqual(await contentOf(folder), before)
    assert.ok(mount('-o', 'remount,rw'))
    await (await openLevelBackend(folder, { ballastBytes: 0 })).close()
  } finally {
    spawnSync('umount', [path])
    await remove()
  }
})

async function contentOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(files.sort().map(async (file) => `${file} ${(await readFile(file)).toString('hex')}`))
}

test('leaves a store free for others when its version is not ours', async () => {
  const { path, remove } = await temporaryFolder()
  const backend = await openLevelBackend(path, { ballastBytes: 0 })
  const value = new TextEncoder().encode('promisebase 9')
  await backend.batch([{ type: 'put', key: Uint8Array.of(0), value }], { durable: true })
  await backend.close()
  for (let round = 0; round < 2; round++) {
    await assert.rejects(openLevelStore(path, { crypto: nodeCrypto, ballastBytes: 0 }), { code: 'VERSION' })
  }
  await remove()
})
