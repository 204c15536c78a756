/** `grid base`: the store of a grid from the command line. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'

import { CODEC, createCid, encodeDagCbor, HASH } from '../../../promisebase/index.ts'
import { openLevelBackend } from '../../../promisebase/level/index.ts'
import { nodeHasher } from '../node-hasher.ts'
import { CLI, grid, gridJson, temporaryFolder } from './grid.ts'
import type { Ran, RunOptions } from './grid.ts'

const folder = temporaryFolder()
const ABSENT = 'bafkreidzbhumlaigi7jjmx6cqxynmcw6t7zs3yk3y3cx3mwqfkgtcpwmsu'
/** Longer than a block, and not the same twice. */
const LONG = Buffer.from(Array.from({ length: 400_000 }, (_, at) => `${at},`).join(''))

const base = (words: string, options: RunOptions = {}): Promise<Ran> =>
  grid(['base', ...words.split(' ')], { cwd: folder, ...options })
const baseJson = (words: string, options: RunOptions = {}): ReturnType<typeof gridJson> =>
  gridJson(['base', ...words.split(' ')], { cwd: folder, ...options })

/** One line of text, of a command that must succeed. */
async function line(words: string, options: RunOptions = {}): Promise<string> {
  const { exit, stdout, stderr } = await base(words, options)
  assert.equal(exit, 0, stderr)
  return stdout.toString().trim()
}

async function refuses(words: string, code: string, exit: number, options: RunOptions = {}): Promise<string> {
  const answer = await baseJson(words, options)
  assert.deepEqual([answer.error?.code, answer.exit], [code, exit], words)
  return answer.error?.fix ?? ''
}

before(async () => {
  assert.equal((await grid(['init'], { cwd: folder })).exit, 0)
  mkdirSync(join(folder, 'album/2026'), { recursive: true })
  writeFileSync(join(folder, 'album/2026/long'), LONG)
  writeFileSync(join(folder, 'album/note.txt'), 'a note\n')
  writeFileSync(join(folder, 'album/run.sh'), '#!/bin/sh\n', { mode: 0o755 })
  symlinkSync('note.txt', join(folder, 'album/link'))
})

describe('blocks', () => {
  test('are put as they are, and got back byte by byte', async () => {
    const cid = await line('put -', { input: 'alice' })
    const digest = await sha256.digest(Buffer.from('alice'))
    assert.equal(cid, CID.createV1(CODEC.raw, digest).toString())
    assert.equal(await line(`get ${cid}`), 'alice')
    const block = encodeDagCbor({ from: 'alice' })
    const put = await baseJson('put - --codec dag-cbor', { input: block })
    assert.deepEqual(CID.parse(put.result['cid'] as string).code, CODEC.dagCbor)
    assert.equal(await line(`get ${String(put.result['cid'])} --cbor`), '{"from": "alice"}')
  })

  test('are taken under another hash that is known', async () => {
    const digest = nodeHasher.digest(HASH['blake3'], Buffer.from('bob'))
    const cid = createCid(CODEC.raw, digest, HASH['blake3']).toString()
    assert.equal(await line(`put - --cid ${cid}`, { input: 'bob' }), cid)
    assert.equal(await line(`get ${cid}`), 'bob')
  })

  test('are refused where they are too long, not what they should be, or not here', async () => {
    await refuses('put album/2026/long', 'FILE', 2)
    await refuses(`put - --cid ${ABSENT}`, 'HASH', 6, { input: 'mallory' })
    await refuses('put - --codec png', 'USAGE', 2, { input: 'mallory' })
    await refuses(`get ${ABSENT}`, 'MISSING', 5)
    await refuses('get nonsense', 'USAGE', 2)
  })
})

describe('content', () => {
  test('of a file comes back whole, and from any byte on', async () => {
    const cid = await line('add album/2026/long')
    assert.deepEqual((await base(`cat ${cid}`)).stdout, LONG)
    assert.equal(
      await line(`cat ${cid} --offset 2000000 --length 21`),
      LONG.subarray(2_000_000, 2_000_021).toString(),
    )
    assert.equal(await line(`cat ${cid} --offset 99999999`), '')
    const part = await baseJson(`cat ${cid} --length 4`)
    assert.deepEqual([part.result['text'], part.result['bytes']], ['0,1,', 4])
  })

  test('has one CID, from a file or a stream, and the one of other tools where that is asked for', async () => {
    const piped = await line('add -', { input: LONG })
    assert.equal(piped, await line('add album/2026/long'))
    const unixfs = await line('add album/2026/long --unixfs')
    assert.notEqual(unixfs, piped)
    assert.equal(CID.parse(unixfs).code, CODEC.dagPb)
    assert.deepEqual((await base(`cat ${unixfs}`)).stdout, LONG)
  })

  test('of a folder is listed, read by path and written out as it was', async () => {
    const { result } = await baseJson('add album')
    assert.deepEqual(
      [result['kind'], result['files'], result['folders'], result['links'], result['size']],
      ['folder', 3, 2, 1, LONG.length + 17],
    )
    const cid = String(result['cid'])
    const rows = (await line(`ls ${cid}`)).split('\n').map((row) => row.split(/ {2,}/))
    assert.deepEqual(
      rows.map((row) => [row[0], row.at(-1)]),
      [
        ['folder', '2026/'],
        ['link', 'link -> note.txt'],
        ['file', 'note.txt'],
        ['program', 'run.sh'],
      ],
    )
    assert.equal(await line(`cat ${cid}/note.txt`), 'a note')
    const file = await baseJson(`ls ${cid}/2026/long`)
    assert.deepEqual([file.result['kind'], file.result['size']], ['file', LONG.length])
    await line(`export ${cid} copy`)
    assert.deepEqual(readdirSync(join(folder, 'copy')).sort(), ['2026', 'link', 'note.txt', 'run.sh'])
    assert.deepEqual(readFileSync(join(folder, 'copy/2026/long')), LONG)
    await line(`export ${cid}/run.sh program`)
    assert.equal(statSync(join(folder, 'program')).mode & 0o100, 0o100)
  })

  test('is refused where it is not here, is a folder or a link, or would replace something', async () => {
    const cid = await line('add album')
    await refuses(`cat ${ABSENT}`, 'MISSING', 5)
    await refuses('add nothing-here', 'MISSING', 5)
    assert.match(await refuses(`cat ${cid}`, 'DATA', 6), /base export/)
    await refuses(`cat ${cid}/link`, 'DATA', 6)
    assert.match(await refuses(`cat ${cid}/2026/short`, 'MISSING', 5), /base ls/)
    await refuses(`export ${cid}/note.txt album`, 'FILE', 2)
    await refuses(`export ${cid}/note.txt note --links some`, 'USAGE', 2)
  })
})

describe('labels', () => {
  test('are shown, listed, moved by compare-and-swap, and removed', async () => {
    const first = await line('add album/note.txt --label notes/alice')
    const second = await line('put -', { input: 'another' })
    assert.equal(await line('label notes/alice'), first)
    await line(`label notes/alice ${second} --expected ${first}`)
    await line(`label notes/bob ${first} --expected none`)
    const { result } = await baseJson('ls labels --prefix notes/')
    assert.deepEqual(result['labels'], [
      { name: 'notes/alice', cid: second },
      { name: 'notes/bob', cid: first },
    ])
    await line('label notes/bob --remove')
    await refuses('label notes/bob', 'MISSING', 5)
  })

  test('stay where they are when somebody was faster, or what they are moved to is not here', async () => {
    const cid = await line('put - --label kept', { input: 'kept' })
    const other = await line('put -', { input: 'other' })
    await refuses(`label kept ${other} --expected none`, 'CONFLICT', 6)
    await refuses(`label kept ${other} --expected ${other}`, 'CONFLICT', 6)
    await refuses(`label kept ${ABSENT}`, 'MISSING', 5)
    await refuses(`label handler/echo ${other}`, 'NAME', 2)
    await refuses('label handler/echo --remove', 'NAME', 2)
    await refuses(`label kept ${other} --remove`, 'USAGE', 2)
    await refuses('label kept --expected none', 'USAGE', 2)
    assert.equal(await line('label kept'), cid)
  })
})

test('verify says that all is well, and fails where a byte was changed', async () => {
  const well = await baseJson('verify')
  assert.equal(well.exit, 0)
  assert.equal(well.result['damaged'], 0)
  assert.ok(Number(well.result['blocks']) > 10)
  cpSync(join(folder, '.promisegrid'), join(folder, 'damaged'), { recursive: true })
  await changeBlock(join(folder, 'damaged/store'), 'kept')
  const ill = await baseJson('verify --data damaged')
  assert.deepEqual([ill.exit, ill.error?.code, ill.result['damaged']], [6, 'CORRUPT', 1])
})

/** Changes the content of a block below everything that checks it. */
async function changeBlock(store: string, content: string): Promise<void> {
  const backend = await openLevelBackend(store)
  const snapshot = backend.snapshot()
  for await (const [key, value] of snapshot.range({})) {
    const at = Buffer.from(value).indexOf(content)
    if (at < 0) continue
    const changed = Uint8Array.from(value)
    changed[at] = 0
    await backend.batch([{ type: 'put', key, value: changed }], { durable: true })
  }
  snapshot.close()
  await backend.close()
}

test('there is nothing to open where no grid was made', async () => {
  assert.match(await refuses('ls labels --data empty', 'MISSING', 5), /grid init/)
})

test('Ctrl-C ends it with its own code, and the store is whole and open to the next one', async () => {
  const child = spawn(process.execPath, [CLI, 'base', 'add', '-', '--json'], { cwd: folder })
  const out: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => void out.push(chunk))
  // Once so much was taken, the command is in the middle of its work.
  for (let at = 0; at < 4; at++) if (!child.stdin.write(LONG)) await once(child.stdin, 'drain')
  child.kill('SIGINT')
  const killer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  const [exit] = (await once(child, 'close')) as [number | null]
  clearTimeout(killer)
  const answer = JSON.parse(Buffer.concat(out).toString()) as { error: { code: string } }
  assert.deepEqual([exit, answer.error.code], [130, 'INTERRUPTED'])
  assert.equal((await baseJson('verify --wait 0')).result['damaged'], 0)
})
