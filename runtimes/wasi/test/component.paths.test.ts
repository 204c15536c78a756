/** Paths of programs that are components: where they lead, and that none leads out (facts W-30 to W-36). */
import assert from 'node:assert/strict'
import test from 'node:test'

import { filesEnds, filesProbe } from './files-kit.ts'
import { Blocks } from './program-kit.ts'

const OUT = 'not-permitted'

/** What the last operations gave. */
async function last(operations: string, ...expected: readonly string[]): Promise<void> {
  assert.deepEqual((await filesProbe(operations)).slice(-expected.length), expected, operations)
}

function times(count: number, word: string): string[] {
  return Array<string>(count).fill(word)
}

test('W-30 refuses components paths that lead above their folder, and absolute ones', async () => {
  const paths = ['..', '/etc/hostname', 'a/../../b', 'a/./../..', 'a/b/../../..', '/', '//', '../a', './..']
  const operations = paths.map((path) => `open rf ${path} open r ${path}`).join(' ')
  await last(`mkdir a mkdir a/b ${operations}`, ...times(2 * paths.length, OUT))
})

test('W-30 refuses components to make, move, link or remove anything above their folder', async () => {
  const operations = [
    'mkdir ../a',
    'open c ../a',
    'symlink a ../a',
    'link f ../f',
    'link ../f f',
    'rename f ../f',
    'rename ../f f',
    'unlink ../f',
    'rmdir ../d',
    'stat ../f',
    'hash ../f',
    'touch ../f 1 1',
    'readlink ../f',
  ]
  await last(`write f x mkdir d cd d write f x ${operations.join(' ')}`, ...times(operations.length, OUT))
})

test('W-31 lets components follow no link of an input that leads out of it, nor see one that is absolute', async () => {
  const blocks = new Blocks()
  const files = blocks.folder({
    up: { link: '../secret' },
    top: { link: '/etc/passwd' },
    far: { link: 'in/../../secret' },
    in: { up: { link: '../../secret' }, text: 'inside' },
    fine: { link: 'in/text' },
  })
  const ends = await filesProbe(
    'open rf up open rf top open rf far open rf in/up statf up read up readlink top readlink up read fine',
    { files: { '/in': files } },
    blocks,
  )
  assert.deepEqual(ends, [...times(7, OUT), '../secret', 'inside'])
})

test('W-32 lets a component make a link that leads out, unless it is absolute, and not follow it', async () => {
  await last(
    'symlink ../../../.. up read up/etc/hostname open rf up mkdir up/a open c up/a symlink /etc/hostname top read top',
    'ok',
    ...times(5, OUT),
    'no-entry',
  )
})

test('W-33 follows a link of a component before a slash, and still not out', async () => {
  await last(
    'symlink .. up open r up/ stat up/ open rd up/ mkdir d symlink d in open r in/ open r in unlink in/ rmdir in/',
    ...times(3, OUT),
    'ok',
    'ok',
    'ok',
    'loop',
    'not-directory',
    'not-directory',
  )
})

test('W-34 moves and links nothing of a component from one folder to another', async () => {
  const blocks = new Blocks()
  const files = { '/in': blocks.folder({ text: 'inside', d: {} }) }
  const ends = await filesProbe(
    'dir 0 linkto 1 text text renameto 1 text text renameto 1 d d dir 1 write f x linkto 0 f f renameto 0 f f',
    { files, scratch: '/out' },
    blocks,
  )
  assert.deepEqual(
    ends.filter((end) => end !== 'ok'),
    times(5, 'cross-device'),
  )
  assert.equal(ends.length, 8)
})

test('W-35 takes a folder that a component swapped for a link as the link it is now', async () => {
  await last(
    'mkdir d write d/f x read d/f rename d old symlink .. d read d/f open rdf d unlink d rename old d read d/f',
    OUT,
    OUT,
    'ok',
    'ok',
    'x',
  )
})

test('W-35 keeps an open folder of a component to itself when it is moved or removed', async () => {
  await last(
    'mkdir a mkdir a/b cd a/b dir 0 rename a/b c rmdir c mkdir a/b cd a/b open c f rename . x open rf ..',
    'ok',
    'ok',
    'ok',
    'busy',
    OUT,
  )
  await last('mkdir a keep r a cd a rmdir . open c f list open rf ..', 'invalid', 'ok', 'f6', OUT)
})

test('W-36 has no devices and no processes for components', async () => {
  await filesEnds(
    'open rf proc/self/fd open rf dev/null open rf dev/stdin open rf proc',
    ...times(4, 'no-entry'),
  )
})

test('refuses a component loops of links, and paths that are too long or none', async () => {
  const chain = Array.from({ length: 41 }, (_, index) => `symlink l${index} l${index + 1}`).join(' ')
  await last(`write l0 x ${chain} open rf l40 open rf l41`, 'ok', 'loop')
  const name = (length: number): string => 'n'.repeat(length)
  const path = 'a/'.repeat(2048)
  await filesEnds(
    `open c ${name(255)} open c ${name(256)} open c ${'é'.repeat(128)} open r ${path.slice(0, 4094)} open r ${path} symlink ${path} s`,
    'ok',
    'name-too-long',
    'name-too-long',
    'no-entry',
    'name-too-long',
    'name-too-long',
  )
  assert.deepEqual(await filesProbe(['open', 'r', '', 'mkdir', '', 'symlink', '', 'x']), times(3, 'no-entry'))
})
