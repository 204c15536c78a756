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
import { nodeHasher } from '../powers/hasher.ts'
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

  test('have a history, the newest move first, also when they were removed', async () => {
    const [first, second] = [await line('put -', { input: 'one' }), await line('put -', { input: 'two' })]
    await line(`label moved ${first}`)
    await line(`label moved ${second}`)
    await line('label moved --remove')
    const { result } = await baseJson('label moved --history')
    const moves = result['moves'] as readonly { from: string; to: string; by: string; commit: number }[]
    assert.deepEqual(
      moves.map(({ from, to, by }) => [from, to, by]),
      [
        [second, null, 'grid base label'],
        [first, second, 'grid base label'],
        [null, first, 'grid base label'],
      ],
    )
    assert.ok(moves[0]!.commit > moves[1]!.commit && moves[1]!.commit > moves[2]!.commit)
    assert.match(
      (await line('label moved --history')).split('\n')[0]!,
      /^commit \d+ +removed +grid base label$/,
    )
    await refuses('label nobody --history', 'MISSING', 5)
    await refuses(`label moved ${first} --history`, 'USAGE', 2)
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

test('repair fetches what is corrupt or missing from a backup, a CAR or a folder, and changes nothing else', async () => {
  const cid = await line('put - --label mended', { input: 'to be mended' })
  const put = await line('put - --label other', { input: 'another one' })
  await line('backup --out sources.backup')
  await line(`car export ${cid} --out one-block.car`)
  const labels = await line('ls labels')
  cpSync(join(folder, '.promisegrid'), join(folder, 'peer'), { recursive: true })
  for (const [from, other] of [
    ['sources.backup', 0],
    ['peer', 0],
    ['one-block.car', 1],
  ] as const) {
    const data = `ill-${from}`
    cpSync(join(folder, '.promisegrid'), join(folder, data), { recursive: true })
    await changeBlock(join(folder, data, 'store'), 'to be mended')
    await changeBlock(join(folder, data, 'store'), 'another one')
    await refuses(`verify --data ${data}`, 'CORRUPT', 6)
    const { exit, result, error } = await baseJson(`repair ${from} --data ${data}`)
    assert.deepEqual([exit, error?.code], other === 0 ? [0, undefined] : [6, 'INCOMPLETE'])
    assert.equal(result['mended'], 2 - other)
    assert.equal(await line(`get ${cid} --data ${data}`), 'to be mended')
    assert.equal(await line(`ls labels --data ${data}`), labels)
    if (other === 0) assert.equal(await line(`get ${put} --data ${data}`), 'another one')
    else await refuses(`get ${put} --data ${data}`, 'CORRUPT', 6)
    assert.equal((await base(`verify --data ${data}`)).exit, other === 0 ? 0 : 6)
  }
})

test('repair refuses what is no source, and does not take other bytes from one', async () => {
  await refuses('repair nothing-here', 'MISSING', 5)
  await refuses('repair album', 'MISSING', 5)
  await refuses('repair .promisegrid', 'USAGE', 2)
  await refuses('repair album/note.txt', 'TRUNCATED', 2)
  await line('put - --label lied-about', { input: 'lied about' })
  await line('backup --out honest.backup')
  const whole = readFileSync(join(folder, 'honest.backup'))
  writeFileSync(join(folder, 'half.backup'), whole.subarray(0, whole.length - 7))
  await refuses('repair half.backup', 'TRUNCATED', 2)
  whole.write('lied!', whole.indexOf('lied about'))
  writeFileSync(join(folder, 'lying.backup'), whole)
  cpSync(join(folder, '.promisegrid'), join(folder, 'lied'), { recursive: true })
  await changeBlock(join(folder, 'lied/store'), 'lied about')
  const { exit, result } = await baseJson('repair lying.backup --data lied')
  assert.deepEqual([exit, result['mended'], (result['wrong'] as { count: number }).count], [6, 0, 1])
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

describe('the care of a store', () => {
  test('bounds a space, says what it holds, and lets go of it again', async () => {
    assert.deepEqual((await baseJson('quota list')).result['quotas'], [])
    const bound = { space: 'notes', entries: 0, bytes: 0, entriesMax: 2, bytesMax: 65_536 }
    assert.deepEqual((await baseJson('quota set notes --entries 2 --bytes 64KiB')).result, bound)
    assert.deepEqual((await baseJson('quota list')).result['quotas'], [bound])
    assert.match(await line('quota list'), /^notes +0 of 2 entries +0 bytes of 64.0 KiB$/)
    await line('quota set notes --entries 3')
    assert.match(await line('quota list'), /^notes +0 of 3 entries +0 bytes$/)
    assert.equal(await line('quota remove notes'), 'removed')
    await refuses('quota remove notes', 'MISSING', 5)
    await refuses('quota set notes', 'USAGE', 2)
    await refuses('quota set .replay --entries 1', 'USAGE', 2)
    await refuses('quota set notes --entries -1', 'USAGE', 2)
  })

  test('keeps what is labelled, pinned or of the grid, and collects the rest, once it was only said', async () => {
    const [labelled, pinned, lost] = [
      await line('add - --label care', { input: 'labelled' }),
      await line('add - --pin', { input: 'pinned' }),
      await line('add -', { input: 'named by nobody' }),
    ]
    const dry = await baseJson('gc --dry-run')
    assert.equal(dry.exit, 0)
    assert.ok(Number(dry.result['deleted']) > 0)
    assert.equal(await line(`cat ${lost}`), 'named by nobody')
    const { result } = await baseJson('gc')
    assert.deepEqual([result['kept'], result['deleted']], [dry.result['kept'], dry.result['deleted']])
    assert.equal(await line(`cat ${labelled}`), 'labelled')
    assert.equal(await line(`cat ${pinned}`), 'pinned')
    await refuses(`cat ${lost}`, 'MISSING', 5)
    assert.equal((await grid(['call', 'echo', '--arg', 'a=b'], { cwd: folder })).exit, 0)
  })

  test('lists pins by owner, and lets go of them only for that owner', async () => {
    const cid = await line('add -', { input: 'for bob' })
    await line(`pin ${cid} --owner bob --direct --expires 1h`)
    const { result } = await baseJson('pin --owner bob')
    const [only] = result['pins'] as readonly { cid: string; kind: string }[]
    assert.deepEqual([only?.cid, only?.kind], [cid, 'direct'])
    await refuses(`pin ${cid} --remove`, 'MISSING', 5)
    await line(`pin ${cid} --remove --owner bob`)
    assert.deepEqual((await baseJson('pin --owner bob')).result['pins'], [])
    await refuses(`pin ${ABSENT}`, 'MISSING', 5)
    await refuses('pin --remove', 'USAGE', 2)
  })

  test('stops at a root that lacks a block, and deletes nothing until that is allowed', async () => {
    const part = await line('put -', { input: 'part' })
    const root = await line('put - --codec dag-cbor --label holed', {
      input: encodeDagCbor([CID.parse(ABSENT)]),
    })
    await refuses('verify', 'INCOMPLETE', 6)
    assert.match(await refuses('gc', 'INCOMPLETE', 6), /--allow-missing/)
    assert.equal(await line(`get ${part}`), 'part')
    assert.equal((await base('gc --allow-missing')).exit, 0)
    await refuses(`get ${part}`, 'MISSING', 5)
    await refuses(`car export ${root} --out holed.car`, 'MISSING', 5)
    await line(`car export ${root} --out holed.car --skip-missing`)
    await line('label holed --remove')
  })

  test('counts what there is', async () => {
    const { result } = await baseJson('stats')
    const blocks = result['blocks'] as { count: number; bytes: number }
    assert.ok(blocks.count > 0 && blocks.bytes > blocks.count)
    const { result: listed } = await baseJson('ls labels')
    assert.equal(result['labels'], (listed['labels'] as readonly unknown[]).length)
    assert.ok(Number(result['commits']) > 0)
    const { result: estimated } = await baseJson('stats --estimate')
    assert.deepEqual(estimated, result)
  })

  test('carries content to another grid as a CAR of either version, and refuses half of one', async () => {
    const cid = await line('add album')
    await line(`car export ${cid} --out one.car`)
    await line(`car export ${cid} --out two.car --v2`)
    assert.equal((await grid(['init', '--data', 'other'], { cwd: folder })).exit, 0)
    writeFileSync(join(folder, 'half.car'), readFileSync(join(folder, 'one.car')).subarray(0, 100_000))
    await refuses('car import half.car --data other', 'TRUNCATED', 2)
    for (const file of ['one.car', 'two.car']) {
      const { result } = await baseJson(`car import ${file} --data other`)
      assert.deepEqual(result['roots'], [{ cid, complete: true }])
    }
    assert.deepEqual((await base(`cat ${cid}/2026/long --data other`)).stdout, LONG)
    await refuses('car import album --data other', 'FILE', 2)
    await refuses(`car export ${ABSENT} --out absent.car`, 'MISSING', 5)
    assert.ok(!readdirSync(folder).some((name) => name === 'absent.car' || name.endsWith('.partial')))
  })

  test('backs up a store and makes the same one out of it, and nothing out of a changed backup', async () => {
    const { result } = await baseJson('backup --out store.backup')
    const made = await baseJson('restore store.backup --data restored')
    assert.deepEqual([made.exit, made.result['root']], [0, result['root']])
    const labels = await line('ls labels')
    assert.equal(await line('ls labels --data restored'), labels)
    await refuses('restore store.backup --data restored', 'NAME', 2)
    await refuses(`restore store.backup --data third --root ${ABSENT}`, 'HASH', 2)
    const changed = readFileSync(join(folder, 'store.backup'))
    changed[changed.length - 10]! ^= 1
    writeFileSync(join(folder, 'changed.backup'), changed)
    await refuses('restore changed.backup --data third', 'HASH', 2)
    await refuses('ls labels --data third', 'MISSING', 5)
    await refuses('restore nothing-here --data third', 'MISSING', 5)
  })
})

test('there is nothing to open where no grid was made', async () => {
  assert.match(await refuses('ls labels --data empty', 'MISSING', 5), /grid init/)
})

test('Ctrl-C ends it with its own code, and the store is whole and open to the next one', async () => {
  const child = spawn(process.execPath, [CLI, 'base', 'add', '-', '--json'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
  })
  const out: Buffer[] = []
  const problems: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => void out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => void problems.push(chunk))
  const closed = once(child, 'close') as Promise<[number | null, string | null]>
  // What it has not taken when it ends, nobody takes: how it ended is what counts.
  child.stdin.on('error', () => undefined)
  const gone = new AbortController()
  void closed.then(() => gone.abort())
  // Once so much was taken, the command is in the middle of its work.
  for (let at = 0; at < 4 && child.exitCode === null; at++) {
    if (child.stdin.write(LONG)) continue
    await once(child.stdin, 'drain', { signal: gone.signal }).catch(() => undefined)
  }
  child.kill('SIGINT')
  const killer = setTimeout(() => child.kill('SIGKILL'), 300_000)
  const [exit, signal] = await closed
  clearTimeout(killer)
  const said = Buffer.concat(out).toString()
  const how = `ended with ${exit ?? String(signal)}: ${said}${Buffer.concat(problems).toString()}`
  assert.equal(exit, 130, how)
  assert.equal((JSON.parse(said) as { error: { code: string } }).error.code, 'INTERRUPTED')
  assert.equal((await baseJson('verify --wait 0')).result['damaged'], 0)
})
