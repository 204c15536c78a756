/** Files of programs that are components: `wasi:filesystem`, streams, clocks, and what is around them. */
import assert from 'node:assert/strict'
import test from 'node:test'

import { FILE_LIMITS } from '../files/limits.ts'
import { builtComponent } from './components.ts'
import { FILES, filesEnds, filesProbe, refusedFiles } from './files-kit.ts'
import { callOf, describeCode, RunEnd } from './fixtures.ts'
import { Blocks, contentOf, PROBE, programCall, runProgram, runtime } from './program-kit.ts'

const OK = 'ok'

test('makes, writes, appends and reads files', async () => {
  await filesEnds('write f abc append f def read f stat f', OK, OK, 'abcdef', '6 1 6')
  await filesEnds(
    'read f write d/f x mkdir d write d x read d',
    'no-entry',
    'no-entry',
    OK,
    'is-directory',
    'is-directory',
  )
})

test('opens as it is asked to', async () => {
  await filesEnds(
    'open cx f open cx f open c f open d f mkdir d open d d open cx d open c d open w d open cd n open c n/',
    OK,
    'exist',
    OK,
    'not-directory',
    OK,
    OK,
    'exist',
    'is-directory',
    'is-directory',
    'invalid',
    'is-directory',
  )
  await filesEnds('write f abc open t f stat f', OK, OK, '6 1 0')
  await filesEnds('symlink f s open r s write f x open rf s', OK, 'loop', OK, OK)
})

test('says what a descriptor is, and was opened for', async () => {
  await filesEnds(
    'keep cws f flags type fstat sync keep r . flags type',
    OK,
    '6',
    '6',
    '6 1 0',
    OK,
    OK,
    '33',
    '3',
  )
  await filesEnds(
    'keep cr f fwrite x 0 fsize 3 out 0 end in 0',
    OK,
    ...Array<string>(4).fill('bad-descriptor'),
    OK,
  )
  await filesEnds('keep cw f fread 1 0 in 0 fwrite x 0', OK, 'bad-descriptor', 'bad-descriptor', OK)
  await filesEnds(
    'keep r . fread 1 0 fwrite x 0 fsize 1 in 0 end',
    OK,
    ...Array<string>(5).fill('is-directory'),
  )
})

test('reads and writes at a place, and tells the end', async () => {
  await filesEnds(
    'keep crw f fwrite abc 2 fread 9 0 fread 2 2 fread 9 3 fread 9 9 fread 0 0',
    OK,
    OK,
    '\0\0abc 1',
    'ab 0',
    'bc 1',
    ' 1',
    ' 0',
  )
  const [least, most] = ['9223372036854775808', '9223372036854775807']
  await filesEnds(
    `keep crw f fread 1 ${least} fwrite x ${most} fsize ${least} in ${least} out ${most}`,
    OK,
    'invalid',
    'file-too-large',
    'file-too-large',
    'invalid',
    'file-too-large',
  )
  await filesEnds('keep crw f fsize 5 fsize 2 fwrite abc 0 fsize 1 fread 9 0', OK, OK, OK, OK, OK, 'a 1')
})

test('reads through streams to the end, and then is closed', async () => {
  await filesEnds(
    'write f abcdef keep r f in 1 take 2 skip 1 take 9 take 1 take 0 skip 1',
    OK,
    OK,
    OK,
    'bc',
    '1',
    'ef',
    'closed',
    '',
    'closed',
  )
  await filesEnds('keep crw f fsize 70000 in 0 count 70000 count 70000', OK, OK, OK, '65536', '4464')
})

test('writes through streams, each at its own place or always at the end', async () => {
  await filesEnds(
    'keep crw f out 1 put ab put c check flush fread 9 0',
    OK,
    OK,
    OK,
    OK,
    '65536',
    OK,
    '\0abc 1',
  )
  await filesEnds(
    'keep crw f end put ab fwrite xyz 0 put c zeroes 2 fread 9 0',
    OK,
    OK,
    OK,
    OK,
    OK,
    OK,
    'xyzc\0\0 1',
  )
  await filesEnds(
    'write g abcdef keep r g in 2 keep crw f end splice 3 splice 9 splice 1 fread 9 0',
    OK,
    OK,
    OK,
    OK,
    OK,
    '3',
    '1',
    'closed',
    'cdef 1',
  )
})

test('copies a file into itself, even where that moves what is read', async () => {
  await filesEnds(
    'write f ab keep rw f in 0 end splice 9 splice 9 splice 9 fread 99 0',
    OK,
    OK,
    OK,
    OK,
    '2',
    '2',
    '2',
    'abababab 1',
  )
})

test('tells why writing to a stream failed, once, and closes it', async () => {
  const most = FILE_LIMITS.scratchBytes
  await filesEnds(
    `keep crw f fsize ${most} end put x put x zeroes 1 flush check`,
    OK,
    OK,
    OK,
    'insufficient-space insufficient-space',
    ...Array<string>(4).fill('closed'),
  )
})

test('keeps what is open when its name is gone, and gives back its room with the last handle', async () => {
  const most = FILE_LIMITS.scratchBytes
  await filesEnds(
    `keep crw f fsize ${most} in 0 unlink f fstat drop open cx g write g x shut-in write g x`,
    OK,
    OK,
    OK,
    OK,
    `6 0 ${most}`,
    OK,
    OK,
    'insufficient-space',
    OK,
    OK,
  )
})

test('lists a folder without itself, in the order of making', async () => {
  await filesEnds('write f x mkdir d symlink f s list cd d list', OK, OK, OK, 'f6 d3 s5', OK, OK)
  await filesEnds('write f x list keep r f cd f', OK, 'f6', OK, 'not-directory')
  await filesEnds('open cx a open cx b open cx c list-meanwhile', OK, OK, OK, 'a c z')
})

test('makes, moves, links and removes names', async () => {
  await filesEnds('mkdir d mkdir d rmdir d rmdir d unlink d', OK, 'exist', OK, 'no-entry', 'no-entry')
  await filesEnds(
    'mkdir d open cx d/f rmdir d unlink d unlink d/f rmdir d/f',
    OK,
    OK,
    'not-empty',
    'is-directory',
    OK,
    'no-entry',
  )
  await filesEnds(
    'write f abc link f g write g x read f stat f unlink f read g',
    OK,
    OK,
    OK,
    'x',
    '6 2 1',
    OK,
    'x',
  )
  await filesEnds(
    'mkdir d link d e symlink d s linkf s t link s t',
    OK,
    'not-permitted',
    OK,
    'not-permitted',
    OK,
  )
  await filesEnds(
    'write a x rename a b read b read a rename b b mkdir d rename b d rename d d/e rename . e',
    OK,
    OK,
    'x',
    'no-entry',
    OK,
    OK,
    'is-directory',
    'invalid',
    'busy',
  )
  await filesEnds(
    'symlink a/b s readlink s readlink n mkdir d readlink d symlink x n/',
    OK,
    'a/b',
    'no-entry',
    OK,
    'invalid',
    'no-entry',
  )
})

test('knows whether two descriptors are one thing, and when it was changed', async () => {
  await filesEnds('write f x link f g write h x same f g same f h same . .', OK, OK, OK, '1', '0', '1')
  const [made, one, again, written, other] = await filesProbe('write f x hash f hash f write f y hash f')
  assert.equal(made, OK)
  assert.equal(one, again)
  assert.equal(written, OK)
  assert.notEqual(one, other)
  assert.equal(one?.split(' ')[0], other?.split(' ')[0], 'the first half says which object it is')
  const hashes = await filesProbe('keep crw f fhash fwrite x 0 fhash ftouch fhash hash f')
  assert.equal(new Set(hashes.filter((line) => line !== OK)).size, 3)
})

test('keeps the times it is given, and refuses what is none', async () => {
  await filesEnds(
    'write f x times f touch f 12 34 times f touch f 18446744073 709551615 touch f 18446744073 709551616 touch f 1 1000000000 touch n 1 1',
    OK,
    '946684800 946684800 0',
    OK,
    '946684800 12 34',
    OK,
    'invalid',
    'invalid',
    'no-entry',
  )
})

test('moves its clock by waiting, and by looking at it', async () => {
  await filesEnds(
    'now now sleep 1500000000 now wall now',
    '0',
    '1',
    OK,
    '1500000002',
    '946684801 500000003',
    '1500000004',
  )
  // A duration, a moment, and whether each is ready then.
  await filesEnds(
    'wait 20 10 now wait 20 10 now wait 5 17 now',
    '1; 0 1',
    '10',
    '1; 0 1',
    '11',
    '0 1; 1 1',
    '17',
  )
  await filesEnds('wait-stream 20 10 now', '2; 0 0', '0')
  const most = String(1n << 62n)
  await filesEnds('sleep 18446744073709551615 now sleep 1 now', OK, most, OK, most)
})

test('opens no more than the bound of the run, streams among them', async () => {
  // Two for the folder it began with, asked for once by the probe, and the one that fails.
  await filesEnds('many', `${FILE_LIMITS.descriptors - 1} insufficient-memory`)
  await filesEnds(
    'keep c f in 0 in 0 many open cx g stat g',
    OK,
    'bad-descriptor',
    'bad-descriptor',
    `${FILE_LIMITS.descriptors - 2} insufficient-memory`,
    'insufficient-memory',
    'no-entry',
  )
  await filesEnds(
    'keep cr f in 0 in 0 many shut-in open cx g',
    OK,
    OK,
    OK,
    `${FILE_LIMITS.descriptors - 4} insufficient-memory`,
    OK,
    OK,
  )
})

test('traps where a program asks for its folders until it has no room for them', async () => {
  const args = `places-again ${FILE_LIMITS.descriptors}`.split(' ')
  const { refused } = await refusedFiles({ args, scratch: '/' })
  assert.equal(refused?.code, 'TRAP')
})

test('has the arguments, variables, streams and places of its call', async () => {
  const blocks = new Blocks()
  const { stdout, stderr, exit } = await runProgram(
    FILES,
    {
      args: 'env cwd places stdin take 2 take 99 take 1 stderr put oh exit 77'.split(' '),
      env: { B: 'two', A: '' },
      stdin: new TextEncoder().encode('input'),
      files: { '/in': blocks.folder({}) },
      scratch: '/out',
    },
    blocks,
  )
  assert.equal(stderr, 'oh')
  assert.equal(exit, 77)
  assert.deepEqual(stdout.split('\n').slice(0, 7), [
    'env A  B two = 0',
    'cwd 0 = 0',
    'places /in /out = 0',
    'stdin = 0',
    'take in = 0',
    'take put = 0',
    'take = 100',
  ])
})

test('ends with 1 when it says no more than that it failed', async () => {
  const { exit, stdout } = await runProgram(FILES, { args: ['cwd', 'fail', 'cwd'] })
  assert.deepEqual([exit, stdout], [1, 'cwd 0 = 0\n'])
  assert.equal((await runProgram(FILES, {})).exit, 0)
})

test('gives the folder that it wrote, and changes nothing of an input', async () => {
  const blocks = new Blocks()
  const files = { '/in': blocks.folder({ f: 'text', d: {}, s: { link: 'f' } }) }
  const operations =
    'write f x append f x open t f open c n open m . mkdir e rmdir d unlink f symlink a b link f g rename f g touch f 1 1'
  const ends = await filesProbe(`${operations} read f keep r . flags`, { files }, blocks)
  assert.deepEqual(new Set(ends.slice(0, -3)), new Set(['read-only']))
  assert.deepEqual(ends.slice(-3), ['text', OK, '1'])

  const { files: out } = await runProgram(
    FILES,
    { args: 'append f more unlink s mkdir d/e symlink ../f d/l'.split(' '), files, scratch: '/in' },
    blocks,
  )
  assert.ok(out !== undefined)
  assert.deepEqual(await contentOf(blocks, out), { d: null, 'd/e': null, 'd/l': '../f', f: 'textmore' })
})

test('refuses a component that knows a function by another type', async () => {
  const code = Buffer.from(FILES)
  const admitted = await runtime.admit(code, describeCode(code, { entry: 'program' }))
  assert.ok(admitted.ok?.imports.includes('wasi:filesystem/types@0.2.12#[method]descriptor.open-at'))
  for (const [name, other] of [
    ['mutate-directory', 'mutate-directorx'],
    ['text-file-busy', 'text-file-busx'],
    ['status-change-timestamp', 'status-change-timestamx'],
    ['no-reuse', 'no-reusx'],
    ['last-operation-failed', 'last-operation-failex'],
  ] as const) {
    const changed = Buffer.from(code.toString('latin1').replaceAll(name, other), 'latin1')
    for (const entry of ['program', 'component']) {
      const { refused } = await runtime.admit(changed, describeCode(changed, { entry }))
      assert.equal(refused?.code, 'ADMIT', name)
      assert.match(refused?.detail ?? '', /is offered with another type/, name)
    }
  }
})

test('has no files where it is called with bytes, and not with folders', async () => {
  const code = FILES
  const descriptor = describeCode(code, { entry: 'component', methods: ['places'] })
  const { output } = await runtime.run(callOf(code, descriptor, { method: 'places' }), new RunEnd())
  assert.equal(new TextDecoder().decode(output), 'places = 0\n')
})

test('refuses a component that is no program, and a module as a component', async () => {
  const library = builtComponent('reverse')
  const { refused } = await runtime.admit(library, describeCode(library, { entry: 'program' }))
  assert.equal(refused?.code, 'ADMIT')
  assert.match(refused?.detail ?? '', /does not export wasi:cli\/run/)
  const run = await runtime.run(programCall(library, {}, new Blocks()), new RunEnd())
  assert.deepEqual([run.refused?.code, run.fuel], ['ADMIT', 0])
  for (const [code, entry] of [
    [FILES, 'command'],
    [FILES, 'reactor'],
    [PROBE, 'component'],
  ] as const) {
    const descriptor = describeCode(code, { entry, methods: ['run'] })
    assert.equal((await runtime.admit(code, descriptor)).refused?.code, 'ADMIT')
    const ended = await runtime.run(callOf(code, descriptor, { method: 'run' }), new RunEnd())
    assert.deepEqual([ended.refused?.code, ended.fuel], ['ADMIT', 0])
  }
})

test('costs the same every time, more for more bytes, and no more than is granted', async () => {
  const fuelOf = async (text: string): Promise<number> =>
    (await runProgram(FILES, { args: ['write', 'f', text], scratch: '/' })).fuel
  const [little, again, much] = [await fuelOf('x'), await fuelOf('x'), await fuelOf('x'.repeat(8000))]
  assert.equal(little, again)
  // Its argument, the list it writes, writing that, and a unit for each byte of the result.
  assert.ok(much - little >= 7_999 + 3 * 500, String(much - little))
  const run = await refusedFiles({ args: 'write f x'.split(' '), scratch: '/' }, new Blocks(), {
    budget: { fuel: little - 1 },
  })
  assert.deepEqual([run.refused?.code, run.fuel], ['BUDGET_FUEL', little - 1])
})

test('ends with what it may write in all, to both streams together', async () => {
  const given = { args: 'stderr put 12345678 put 12345678'.split(' ') }
  const { refused } = await refusedFiles(given, new Blocks(), { budget: { outputBytes: 30 } })
  assert.equal(refused?.code, 'BUDGET_OUTPUT')
})

test('explains a trap by what it wrote to standard error', async () => {
  const { refused } = await refusedFiles({ args: 'stderr put oh fread 1 1 unknown'.split(' ') })
  assert.equal(refused?.code, 'TRAP')
  assert.match(refused?.detail ?? '', /it wrote: oh$/)
})
