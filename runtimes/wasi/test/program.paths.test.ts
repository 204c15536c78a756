/** Paths of programs: where they lead, and that none leads out (facts W-30 to W-36). */
import assert from 'node:assert/strict'
import test from 'node:test'

import { ERRNO } from '../preview1/errno.ts'
import { Blocks, probe, PROBE, runProgram } from './program-kit.ts'

/** Error numbers of operations on a fresh scratch folder, the last `count` of them. */
async function errnos(operations: string, count: number): Promise<number[]> {
  const lines = await probe(operations)
  return lines.slice(-count).map((line) => Number(/ = (\d+)$/.exec(line)?.[1]))
}

test('W-30 refuses paths that lead above their folder, and absolute ones', async () => {
  const paths = ['..', '/etc/hostname', 'a/../../b', 'a/./../..', 'a/b/../../..', '/', '//', '../a', './..']
  const operations = paths.map((path) => `openf ${path}`).join(' ')
  const found = await errnos(`mkdir a mkdir a/b ${operations}`, paths.length)
  assert.deepEqual(
    found,
    paths.map(() => ERRNO.notcapable),
  )
})

test('W-30 refuses to make, move, link or remove anything above its folder', async () => {
  const operations = [
    'mkdir ../a',
    'creat ../a',
    'symlink a ../a',
    'link f ../f',
    'rename f ../f',
    'rename ../f f',
    'unlink ../f',
    'rmdir ../d',
    'stat ../f',
    'readlink ../f',
  ]
  const found = await errnos(`write f x mkdir d cd d write f x ${operations.join(' ')}`, operations.length)
  assert.deepEqual(
    found,
    operations.map(() => ERRNO.notcapable),
  )
})

test('W-31 follows no link of an input that leads out of it', async () => {
  const blocks = new Blocks()
  const files = blocks.folder({
    up: { link: '../secret' },
    top: { link: '/etc/passwd' },
    far: { link: 'in/../../secret' },
    in: { up: { link: '../../secret' }, text: 'inside' },
    fine: { link: 'in/text' },
  })
  const lines = await probe(
    'openf up openf top openf far openf in/up statf up read up read fine',
    { files: { '/in': files } },
    blocks,
  )
  assert.deepEqual(lines, [
    `openf = ${ERRNO.notcapable}`,
    `openf = ${ERRNO.notcapable}`,
    `openf = ${ERRNO.notcapable}`,
    `openf = ${ERRNO.notcapable}`,
    `statf = ${ERRNO.notcapable}`,
    `read = ${ERRNO.notcapable}`,
    'read inside = 0',
  ])
})

test('W-32 lets a program make a link that leads out, and not follow it, and none to an absolute path', async () => {
  const found = await errnos(
    'symlink ../../../.. up read up/etc/hostname openf up mkdir up/a creat up/a symlink /etc/hostname top read top',
    6,
  )
  const { notcapable, perm, noent } = ERRNO
  assert.deepEqual(found, [...Array<number>(4).fill(notcapable), perm, noent])
})

test('W-33 follows a link before a slash, and still not out', async () => {
  const found = await errnos(
    'symlink .. up open up/ stat up/ opendir up/ mkdir d symlink d in open in/ open in unlink in/ rmdir in/',
    8,
  )
  const out = ERRNO.notcapable
  assert.deepEqual(found.slice(0, 2), [out, out])
  assert.deepEqual(found.slice(2), [0, 0, 0, ERRNO.loop, ERRNO.notdir, ERRNO.notdir])
})

test('W-34 moves and links nothing from one folder to another', async () => {
  const blocks = new Blocks()
  const files = { '/in': blocks.folder({ text: 'inside', d: {} }) }
  const lines = await probe(
    'linkto text 4 text renameto text 4 text renameto d 4 d dir 4 write f x linkto f 3 f renameto f 3 f',
    { files, scratch: '/out' },
    blocks,
  )
  const errnosFound = lines.map((line) => Number(/ = (\d+)$/.exec(line)?.[1]))
  const { xdev } = ERRNO
  assert.deepEqual(errnosFound, [xdev, xdev, xdev, 0, 0, xdev, xdev])
})

test('W-35 takes a folder that was swapped for a link as the link it is now', async () => {
  const found = await errnos(
    'mkdir d write d/f x read d/f rename d old symlink .. d read d/f opendir d unlink d rename old d read d/f',
    6,
  )
  assert.deepEqual(found, [0, ERRNO.notcapable, ERRNO.notcapable, 0, 0, 0])
})

test('W-35 keeps an open folder to itself when it is moved or removed', async () => {
  const lines = await probe(
    'mkdir a mkdir a/b cd a/b dir 3 rename a/b c rmdir c dir 4 openf .. creat f list 256',
  )
  assert.deepEqual(lines.slice(-3), [
    `openf = ${ERRNO.notcapable}`,
    `creat = ${ERRNO.noent}`,
    'list . .. = 0',
  ])
})

test('W-36 has no devices and no processes', async () => {
  const found = await errnos('openf proc/self/fd openf dev/null openf dev/stdin openf proc openf dev', 5)
  assert.deepEqual(found, Array<number>(5).fill(ERRNO.noent))
})

test('opens nothing but the folders it was given', async () => {
  const { stdout } = await runProgram(PROBE, {
    args: 'dir 3 openf . dir 0 openf . dir 77 openf .'.split(' '),
  })
  assert.equal(stdout.match(/openf = (\d+)/g)?.join(), 'openf = 8,openf = 54,openf = 8')
})

test('takes paths that wind and come back', async () => {
  const lines = await probe(
    'mkdir d mkdir d/n write d/n/f x read d/.//n/../../d/n/../n///./f open d/n/ open d/n/// open d/n/f/ open d/n/f/. open d/x/..',
  )
  assert.deepEqual(lines.slice(3), [
    'read x = 0',
    'open = 0',
    'open = 0',
    `open = ${ERRNO.notdir}`,
    `open = ${ERRNO.notdir}`,
    `open = ${ERRNO.noent}`,
  ])
})

test('refuses a loop of links, and a chain of more than forty', async () => {
  const chain = Array.from({ length: 41 }, (_, index) => `symlink l${index} l${index + 1}`).join(' ')
  const found = await errnos(
    `write l0 x ${chain} openf l40 openf l41 symlink b a symlink a b openf a openf s`,
    6,
  )
  assert.deepEqual(found, [0, ERRNO.loop, 0, 0, ERRNO.loop, ERRNO.noent])
  assert.equal((await errnos('symlink s/x s openf s', 1))[0], ERRNO.loop)
})

test('refuses names and paths that are too long, not UTF-8, or none', async () => {
  const name = (length: number): string => 'n'.repeat(length)
  const path = (length: number): string => 'a/'.repeat(length / 2).slice(0, length)
  const found = await errnos(
    `creat ${name(255)} creat ${name(256)} creat ${'é'.repeat(128)} openf ${path(4094)} openf ${path(4096)}`,
    5,
  )
  assert.deepEqual(found, [0, ERRNO.nametoolong, ERRNO.nametoolong, ERRNO.noent, ERRNO.nametoolong])
  const { stdout } = await runProgram(PROBE, {
    scratch: '/',
    args: ['openf', '', 'mkdir', '', 'symlink', '', 'x'],
  })
  assert.deepEqual(stdout.match(/\d+/g)?.map(Number), [ERRNO.noent, ERRNO.noent, ERRNO.noent])
})

test('opens a link itself never', async () => {
  const found = await errnos('symlink nowhere s open s openf s excl s creat s read nowhere stat s', 6)
  assert.deepEqual(found.slice(0, 3), [ERRNO.loop, ERRNO.noent, ERRNO.exist])
  assert.deepEqual(found.slice(3, 5), [0, 0])
})
