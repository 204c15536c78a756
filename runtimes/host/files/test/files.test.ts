import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import {
  createMemoryBackend,
  createStore,
  readFolder,
  walkFolder,
  writeContent,
  writeFolder,
} from '../../../../promisebase/index.ts'
import { exportPath, importPath, nodeCrypto } from '../../index.ts'
import { platformFault, staysInside } from '../safe-place.ts'
import type { CID } from 'multiformats/cid'
import type { FolderEntry, Store } from '../../../../promisebase/index.ts'

const openStore = (): Promise<Store> => createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const long = Uint8Array.from({ length: 1_000_000 }, (_, at) => (at * 7 + (at >> 8) * 13 + (at >> 16)) & 0xff)

let folder = ''
let turn = 0
before(async () => (folder = await mkdtemp(join(tmpdir(), 'promisegrid-files-'))))
after(() => rm(folder, { recursive: true, force: true }))

/** A name in the folder of this run that nothing has yet. */
const fresh = (): string => join(folder, String(turn++))

async function makeTree(): Promise<string> {
  const top = fresh()
  await mkdir(join(top, 'docs', 'empty'), { recursive: true })
  await writeFile(join(top, 'docs', 'ä b.txt'), 'hello')
  await writeFile(join(top, 'long.bin'), long)
  await writeFile(join(top, 'nothing'), '')
  await writeFile(join(top, 'run.sh'), '#!/bin/sh\n')
  await chmod(join(top, 'run.sh'), 0o755)
  await symlink('../long.bin', join(top, 'docs', 'link'))
  return top
}

async function listing(top: string): Promise<string[]> {
  const entries = await readdir(top, { recursive: true, withFileTypes: true })
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name)
    const found = await lstat(path)
    const shown = path.slice(top.length)
    if (entry.isSymbolicLink()) return `${shown} -> ${await readlink(path)}`
    if (entry.isDirectory()) return `${shown}/`
    return `${shown} ${(found.mode & 0o100) === 0 ? '' : 'x'} ${(await readFile(path)).toString('base64').slice(-40)}`
  })
  return (await Promise.all(lines)).sort()
}

async function fileOf(store: Store, name: string, text: string): Promise<FolderEntry> {
  const { cid, size } = await writeContent(store, utf8(text))
  return { name, kind: 'file', cid, size, isExecutable: false }
}

describe('a folder', () => {
  test('comes back as it was: files, folders, links and what may be run', async () => {
    const store = await openStore()
    const top = await makeTree()
    const told: number[] = []
    const imported = await importPath(store, top, { onProgress: ({ bytes }) => told.push(bytes) })
    const { cid, ...counts } = imported
    assert.deepEqual(counts, { kind: 'folder', size: 1_000_015, files: 4, folders: 3, links: 1 })
    assert.equal(told.at(-1), 1_000_015)
    const target = fresh()
    const exported = await exportPath(store, cid, target)
    assert.deepEqual(exported, {
      ...{ kind: 'folder', path: target, bytes: 1_000_015, files: 4, folders: 3, links: 1 },
    })
    assert.deepEqual(await listing(target), await listing(top))
    assert.deepEqual((await importPath(store, target)).cid, cid)
  })

  test('is read without what is not wanted', async () => {
    const store = await openStore()
    const { cid } = await importPath(store, await makeTree(), {
      isWanted: (path) => !path.endsWith('.bin') && path !== 'docs/empty',
    })
    const paths: string[] = []
    for await (const { path } of walkFolder(store, cid)) paths.push(path)
    assert.deepEqual(paths, ['docs', 'docs/link', 'docs/ä b.txt', 'nothing', 'run.sh'])
  })

  test('named by a link is read as what the link leads to', async () => {
    const store = await openStore()
    const top = await makeTree()
    const name = fresh()
    await symlink(top, name)
    assert.deepEqual(await importPath(store, name), await importPath(store, top))
  })

  test('with a pipe, a socket or a name that is no text is refused, and the path named', async () => {
    const store = await openStore()
    const pipe = await makeTree()
    execFileSync('mkfifo', [join(pipe, 'docs', 'pipe')])
    await assert.rejects(importPath(store, pipe), { code: 'FILE', message: /docs\/pipe is neither/ })
    await assert.rejects(importPath(store, join(pipe, 'docs', 'pipe')), {
      code: 'FILE',
      message: /docs\/pipe is neither/,
    })
    const socket = await makeTree()
    const server = createServer().listen(join(socket, 'socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    await assert.rejects(importPath(store, socket), { code: 'FILE', message: /socket is neither/ })
    server.close()
    const odd = Buffer.concat([Buffer.from(`${await makeTree()}/`), Buffer.of(0x66, 0xff)])
    await writeFile(odd, 'x')
    await assert.rejects(importPath(store, odd.subarray(0, -3).toString()), {
      code: 'FILE',
      message: /"fÿ" is not UTF-8/,
    })
  })

  test('that is not there is MISSING', async () => {
    const store = await openStore()
    await assert.rejects(importPath(store, fresh()), { name: 'HostError', code: 'MISSING' })
    await assert.rejects(importPath(store, join(await makeTree(), 'run.sh', 'x')), { code: 'MISSING' })
  })

  test('replaces another one only when it may', async () => {
    const store = await openStore()
    const { cid } = await importPath(store, await makeTree())
    const target = fresh()
    await mkdir(target)
    await writeFile(join(target, 'mine'), 'mine')
    await assert.rejects(exportPath(store, cid, target), { code: 'FILE', message: /is there already/ })
    assert.deepEqual(await readdir(target), ['mine'])
    await exportPath(store, cid, target, { overwrite: true })
    assert.deepEqual(await readdir(target), ['docs', 'long.bin', 'nothing', 'run.sh'])
    await assertNothingAside()
  })

  test('with a link that leads out is not made, unless links are left out or any is wanted', async () => {
    const store = await openStore()
    for (const target of ['/etc/passwd', '..', '../x', 'a/../..', 'sub/../../x']) {
      const { cid } = await writeFolder(store, [
        await fileOf(store, 'a', 'a'),
        { name: 'b', kind: 'link', target },
      ])
      const path = fresh()
      await assert.rejects(exportPath(store, cid, path), { code: 'FILE', message: /"b" leads out/ })
      await assert.rejects(lstat(path), { code: 'ENOENT' })
      assert.equal((await exportPath(store, cid, path, { links: 'none' })).links, 0)
      assert.deepEqual(await readdir(path), ['a'])
      await exportPath(store, cid, path, { links: 'any', overwrite: true })
      assert.equal(await readlink(join(path, 'b')), target)
    }
    await assertNothingAside()
  })

  test('with a file that is longer or shorter than it says, or not here, leaves nothing', async () => {
    const store = await openStore()
    const file = await fileOf(store, 'a', 'hello')
    const absent = (await fileOf(await openStore(), 'a', 'absent')) as { readonly cid: CID }
    const faults = [
      [{ ...file, size: 4 }, 'DATA'],
      [{ ...file, size: 6 }, 'DATA'],
      [{ ...file, cid: absent.cid }, 'MISSING'],
    ] as const
    for (const [entry, code] of faults) {
      const { cid } = await writeFolder(store, [entry as FolderEntry])
      const path = fresh()
      await assert.rejects(exportPath(store, cid, path), { name: 'HostError', code })
      await assert.rejects(lstat(path), { code: 'ENOENT' })
    }
    await assertNothingAside()
  })

  test('larger than allowed, or given up, leaves nothing', async () => {
    const store = await openStore()
    const { cid } = await importPath(store, await makeTree())
    const path = fresh()
    await assert.rejects(exportPath(store, cid, path, { bytesMax: 1_000_014 }), { code: 'DATA' })
    await assert.rejects(exportPath(store, cid, path, { entriesMax: 3 }), { code: 'DATA' })
    const abort = new AbortController()
    const onProgress = (): void => abort.abort(new Error('enough'))
    await assert.rejects(exportPath(store, cid, path, { signal: abort.signal, onProgress }), /enough/)
    await assert.rejects(lstat(path), { code: 'ENOENT' })
    await exportPath(store, cid, path, { bytesMax: 1_000_015, entriesMax: 7, durable: false })
    await assertNothingAside()
  })
})

describe('a file', () => {
  test('comes back as it was, and has the CID of its bytes', async () => {
    const store = await openStore()
    const top = await makeTree()
    const { cid, kind, size } = await importPath(store, join(top, 'long.bin'))
    assert.deepEqual({ cid, kind, size }, { ...omitChunks(await writeContent(store, long)), kind: 'file' })
    const target = fresh()
    assert.equal((await exportPath(store, cid, target, { isExecutable: true })).kind, 'file')
    assert.deepEqual(new Uint8Array(await readFile(target)), long)
    assert.equal((await lstat(target)).mode & 0o100, 0o100)
    await assert.rejects(exportPath(store, cid, target), { code: 'FILE', message: /is there already/ })
    await exportPath(store, (await importPath(store, join(top, 'run.sh'))).cid, target, { overwrite: true })
    assert.equal(await readFile(target, 'utf8'), '#!/bin/sh\n')
    await assertNothingAside()
  })

  test('is not read through a link inside a folder', async () => {
    const store = await openStore()
    const top = await makeTree()
    const { cid } = await importPath(store, join(top, 'docs'))
    const kinds: string[] = []
    for await (const { kind, name } of readFolder(store, cid)) kinds.push(`${kind} ${name}`)
    assert.deepEqual(kinds, ['folder empty', 'link link', 'file ä b.txt'])
  })

  test('that cannot be written is FILE with its path, and leaves nothing', async () => {
    const store = await openStore()
    const { cid } = await writeContent(store, utf8('x'))
    await assert.rejects(exportPath(store, cid, join(fresh(), 'x')), { code: 'MISSING' })
    const top = await makeTree()
    await assert.rejects(exportPath(store, cid, top, { overwrite: true }), { code: 'FILE' })
    assert.equal(await readFile(join(top, 'nothing'), 'utf8'), '')
    const { cid: absent } = await writeContent(await openStore(), utf8('absent'))
    await assert.rejects(exportPath(store, absent, fresh()), { code: 'MISSING' })
    await assertNothingAside()
  })

  test('stops being read when the signal says so', async () => {
    const store = await openStore()
    const signal = AbortSignal.abort(new Error('enough'))
    await assert.rejects(importPath(store, await makeTree(), { signal }), /enough/)
  })
})

describe('what may be made of a stranger’s names', () => {
  test('is no link that goes up behind a name', () => {
    const inside: [string, number][] = [
      ['a', 0],
      ['a/b', 0],
      ['./a', 0],
      ['..', 1],
      ['../../a', 2],
      ['.', 0],
      ['a//b/', 0],
    ]
    const outside: [string, number][] = [
      ['/a', 9],
      ['..', 0],
      ['../../a', 1],
      ['a/..', 5],
      ['../a/../b', 5],
    ]
    for (const [target, depth] of inside) assert.equal(staysInside(target, depth, 'linux'), true, target)
    for (const [target, depth] of outside) assert.equal(staysInside(target, depth, 'linux'), false, target)
    assert.equal(staysInside('C:x', 0, 'win32') || staysInside('a\\..\\..', 0, 'win32'), false)
  })

  test('is no name that Windows takes for something else', () => {
    const wrong = [
      'a\\b',
      '..\\a',
      'C:',
      'a:b',
      'CON',
      'nul.txt',
      'Com1',
      'a.',
      'a ',
      'a*',
      'a\n',
      'lpt9.x.y',
    ]
    for (const name of wrong) {
      assert.notEqual(platformFault(name, 'win32'), undefined, name)
      assert.equal(platformFault(name, 'linux'), undefined, name)
    }
    for (const name of ['a', 'console', 'com', 'a.b', '.git', 'ä'])
      assert.equal(platformFault(name, 'win32'), undefined)
  })
})

function omitChunks<T extends { readonly chunks: number }>({
  chunks: _chunks,
  ...rest
}: T): Omit<T, 'chunks'> {
  return rest
}

/** What failed or was replaced has left no folder or file beside the target. */
async function assertNothingAside(): Promise<void> {
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('.grid-')),
    [],
  )
}
