/** F9: flipped bits, shortened, absent, emptied and swapped files of a store that was closed, or killed. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { flips, makeStore, probe, truncations } from '../damage.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { add, NOTHING_FOUND } from './ledger.ts'
import type { Damage, Outcome as Answer } from '../damage.ts'
import type { Fault, Outcome } from './fault.ts'
import type { Findings } from './ledger.ts'

interface Damaged {
  readonly damages: readonly Damage[]
  readonly answers: readonly Answer[]
}

async function damageAll(isClosed: boolean, n: number, reader: 'store' | 'bare'): Promise<Damaged> {
  const { path, remove } = await temporaryFolder()
  const folder = join(path, 'store')
  await makeStore(folder, isClosed)
  const damages = await choose(folder, n)
  const answers = await probe(folder, damages, reader)
  await remove()
  return { damages, answers }
}

/** `n` of all damages, spread evenly; all of them when there are fewer. */
async function choose(folder: string, n: number): Promise<Damage[]> {
  const files = (await readdir(join(folder, 'level'))).filter((name) => !/^LO(G|CK)/.test(name))
  const [file = '', other = ''] = files.filter((name) => name.endsWith('.ldb'))
  const whole: Damage[] = files.flatMap((file) => [
    { kind: 'delete', file },
    { kind: 'empty', file },
  ])
  const along = [...(await flips(folder)), ...(await truncations(folder))]
  const stride = Math.max(1, along.length / Math.max(1, n - whole.length - 1))
  const spread = along.filter((_, at) => Math.floor(at / stride) !== Math.floor((at - 1) / stride))
  return [...spread, ...whole, { kind: 'swap', file, other }]
}

/**
 * A killed store may have lost the end of a log to a shorter file: what is left has no hole, and looks as if the
 * kill had come earlier (section 11 of the specification).
 */
function judge({ kind }: Damage, answer: Answer, isClosed: boolean): Partial<Findings> {
  if (answer === 'CORRUPT' || answer === 'truth') return {}
  if (answer === 'prefix' && kind !== 'flip' && !isClosed) return {}
  if (answer === 'wrong') return { wrongValue: 1 }
  return answer === 'missing' || answer === 'prefix' ? { silentMissing: 1 } : { openFailed: 1 }
}

async function run(n: number, reader: 'store' | 'bare'): Promise<Outcome> {
  let findings = NOTHING_FOUND
  const counts = new Map<string, number>()
  for (const isClosed of [true, false]) {
    const { damages, answers } = await damageAll(isClosed, Math.ceil(n / 2), reader)
    answers.forEach((answer, at) => {
      const kind = answer.split(' ')[0] ?? ''
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      findings = add(findings, judge(damages[at]!, answer, isClosed))
    })
  }
  const struck = [...counts.values()].reduce((sum, each) => sum + each, 0)
  const notes = [...counts].map(([answer, times]) => `${times} ${answer}`).join(', ')
  return { n: struck, findings, acked: 0, openMs: [], notes }
}

export const flip: Fault = {
  id: 'F9',
  title: 'a flipped bit, or a shortened, absent, emptied or swapped file',
  sizes: { small: 60, full: 1_000_000 },
  run: (n) => run(n, 'store'),
  control: { title: 'the bare engine', n: 60, run: (n) => run(n, 'bare') },
}
