/** Names and content of the files of a program, and the bounds of both. */
import assert from 'node:assert/strict'
import test from 'node:test'

import { ERRNO } from '../preview1/errno.ts'
import { Disk } from '../files/disk.ts'
import { FILE_LIMITS } from '../files/limits.ts'
import { RunClock } from '../files/run-clock.ts'
import { Blocks, contentOf, probe, PROBE, runProgram } from './program-kit.ts'

/** `operation = errno` of every operation that does not end with 0, and what the others gave. */
async function ends(operations: string, ...expected: readonly (number | string)[]): Promise<void> {
  const lines = await probe(operations)
  const found = lines.map((line) => {
    const [, gave, errno] = /^\S+(.*) = (\d+)$/.exec(line) ?? []
    return errno === '0' && gave !== '' ? (gave ?? '').trim() : Number(errno)
  })
  assert.deepEqual(found, expected, operations)
}

test('writes, appends, cuts and reads files', async () => {
  await ends('write f abc append f def read f trunc f read f', 0, 0, 'abcdef', 0, '')
  await ends('write f abc size f 5 size f 2 size f 4 append f x read f', 0, 0, 0, 0, 0, 'ab\0\0x')
  await ends(
    'read f write d/f x mkdir d write d x read d',
    ERRNO.noent,
    ERRNO.noent,
    0,
    ERRNO.isdir,
    ERRNO.isdir,
  )
})

test('makes a file only where there is none, when that is asked', async () => {
  await ends(
    'excl f excl f creat f mkdir d excl d creat d creat g/',
    0,
    ERRNO.exist,
    0,
    0,
    ERRNO.exist,
    ERRNO.isdir,
    ERRNO.isdir,
  )
})

test('makes and removes folders', async () => {
  await ends(
    'mkdir d mkdir d mkdir d/ mkdir d/e/ rmdir d rmdir d/e/ rmdir d rmdir d',
    0,
    ERRNO.exist,
    ERRNO.exist,
    0,
    ERRNO.notempty,
    0,
    0,
    ERRNO.noent,
  )
  await ends(
    'write f x rmdir f rmdir f/ rmdir . mkdir f mkdir .',
    0,
    ERRNO.notdir,
    ERRNO.notdir,
    ERRNO.inval,
    ERRNO.exist,
    ERRNO.exist,
  )
})

test('unlinks files and links, never folders', async () => {
  await ends(
    'mkdir d unlink d unlink d/ write f x unlink f/ unlink f unlink f',
    0,
    ERRNO.isdir,
    ERRNO.isdir,
    0,
    ERRNO.notdir,
    0,
    ERRNO.noent,
  )
  await ends('write f x symlink f s unlink s read f unlink .', 0, 0, 0, 'x', ERRNO.isdir)
})

test('links a file under a second name, and neither folders nor over what is there', async () => {
  await ends(
    'write f abc link f g write g x read f stat f unlink f read g stat g',
    0,
    0,
    0,
    'x',
    ': 1 4 2 1',
    0,
    'x',
    ': 1 4 1 1',
  )
  await ends(
    'write f x mkdir d link d e link f f link f d link f g/ link n g',
    0,
    0,
    ERRNO.perm,
    ERRNO.exist,
    ERRNO.exist,
    ERRNO.noent,
    ERRNO.noent,
  )
  await ends('symlink n s link s t readlink t linkf s u', 0, 0, 'n', ERRNO.noent)
  await ends('write f x symlink f s linkf s g stat g', 0, 0, 0, ': 1 4 2 1')
})

test('makes links, and reads them', async () => {
  await ends(
    'symlink a/b s readlink s readlink n mkdir d readlink d symlink x d symlink x d/ symlink x n/',
    0,
    'a/b',
    ERRNO.noent,
    0,
    ERRNO.inval,
    ERRNO.exist,
    ERRNO.exist,
    ERRNO.noent,
  )
  await ends(
    'write f x symlink x f/ symlink f s stat s statf s',
    0,
    ERRNO.notdir,
    0,
    ': 1 7 1 1',
    ': 1 4 1 1',
  )
})

test('renames what may be renamed', async () => {
  await ends(
    'write a x rename a b read a read b write c y rename c b read b',
    0,
    0,
    ERRNO.noent,
    'x',
    0,
    0,
    'y',
  )
  await ends('mkdir d mkdir e rename d e write e/f x rename e/ g/ list 256', 0, 0, 0, 0, 0, '. .. g')
  await ends(
    'mkdir d mkdir e write e/f x rename d e rename d e/f write f x rename f d rename f n/',
    0,
    0,
    0,
    ERRNO.notempty,
    ERRNO.notdir,
    0,
    ERRNO.isdir,
    ERRNO.notdir,
  )
  await ends(
    'mkdir d mkdir d/e rename d d/e rename d d/e/f rename d d rename . d rename d . rename n d',
    0,
    0,
    ERRNO.inval,
    ERRNO.inval,
    0,
    ERRNO.busy,
    ERRNO.busy,
    ERRNO.noent,
  )
  await ends('write f x link f g rename f g read f read g rename f/ h', 0, 0, 0, 'x', 'x', ERRNO.notdir)
})

test('lists a folder piece by piece, through buffers that cut names', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `file-${index}`)
  const made = names.map((name) => `creat ${name}`).join(' ')
  const lines = await probe(`${made} list 64 list 8192 unlink file-3 list 100`)
  assert.equal(lines.at(-4), `list . .. ${names.join(' ')} = 0`)
  assert.equal(lines.at(-3), lines.at(-4))
  assert.equal(lines.at(-1), `list . .. ${names.filter((name) => name !== 'file-3').join(' ')} = 0`)
})

test('changes nothing of an input', async () => {
  const blocks = new Blocks()
  const files = { '/in': blocks.folder({ f: 'text', d: {}, s: { link: 'f' } }) }
  const operations =
    'write f x append f x trunc f creat n size f 1 mkdir e rmdir d unlink f symlink a b link f g rename f g'
  const lines = await probe(`${operations} read f`, { files }, blocks)
  const rofs = ` = ${ERRNO.rofs}`
  assert.deepEqual(
    lines.filter((line) => !line.endsWith(rofs)),
    ['read text = 0'],
  )
})

test('copies an input that is to be written, once it is', async () => {
  const blocks = new Blocks()
  const files = { '/': blocks.folder({ f: 'text', d: { g: 'kept' } }) }
  const { files: out, stdout } = await runProgram(
    PROBE,
    { args: 'append f more read f unlink d/g write d/h x'.split(' '), files, scratch: '/' },
    blocks,
  )
  assert.match(stdout, /read textmore = 0/)
  assert.ok(out !== undefined)
  assert.deepEqual(await contentOf(blocks, out), { d: null, 'd/h': 'x', f: 'textmore' })
  const first = files['/']
  assert.deepEqual(await contentOf(blocks, first), { d: null, 'd/g': 'kept', f: 'text' })
})

test('grows files no further than the bound of the run, by holes as by bytes', async () => {
  const most = FILE_LIMITS.scratchBytes
  await ends(
    `allocate f ${most} append f x unlink f allocate g 1 allocate h ${most}`,
    0,
    ERRNO.nospc,
    0,
    0,
    ERRNO.nospc,
  )
  await ends(`size f ${most + 1} size f 9007199254740993 allocate f 0`, ERRNO.nospc, ERRNO.fbig, ERRNO.inval)
})

test('gives back the room of what is cut or removed', async () => {
  const most = FILE_LIMITS.scratchBytes
  await ends(
    `size f ${most} size f 1 size g ${most - 1} unlink g write g x rename g f size h ${most - 1}`,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  )
})

test('opens and makes no more than the bounds of the run', async () => {
  const [fds] = await probe('fds')
  assert.equal(fds, `fds ${FILE_LIMITS.descriptors - 4} = ${ERRNO.mfile}`)
  const [files] = await probe('files')
  assert.equal(files, `files ${FILE_LIMITS.entries} = ${ERRNO.nospc}`)
  const [names] = await probe('names')
  assert.equal(names, `names ${FILE_LIMITS.entries} = ${ERRNO.nospc}`)
})

test('numbers descriptors from the lowest that is free', async () => {
  await ends('close 3 openf .', 0, ERRNO.badf)
  await ends(
    'cd . close 3 cd . dir 3 openf . renumber 4 3 openf . renumber 3 9 renumber 9 3 close 9',
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    ERRNO.badf,
    ERRNO.badf,
    ERRNO.badf,
  )
  await ends('socket 1 socket 3 socket 9', ERRNO.notsock, ERRNO.notsock, ERRNO.badf)
})

test('takes no room for a link that cannot have a name', () => {
  const disk = new Disk(new RunClock(), { charge: () => undefined, chargeBytes: () => undefined })
  const top = disk.createDevice(false)
  for (let name = 0; name < FILE_LIMITS.entries; name++) disk.addFile(top, String(name))
  const target = 'x'.repeat(FILE_LIMITS.pathBytes)
  for (let tries = 0; tries * FILE_LIMITS.pathBytes < FILE_LIMITS.scratchBytes; tries++)
    assert.throws(() => disk.addLink(top, 'link', target), { name: 'Fault', message: 'nospc' })
  disk.remove(top, '0')
  assert.equal(disk.addLink(top, 'link', target).bytes, FILE_LIMITS.pathBytes)
})
