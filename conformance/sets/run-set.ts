/** Runs the cases of one set and counts how they ended. */
import { messageOf } from './set.ts'
import type { VectorSet } from '../vector-sets.ts'
import type { SetAdapter, SetCase, Verdict } from './set.ts'

export interface SetReport {
  readonly set: string
  readonly cases: number
  readonly passed: number
  readonly outOfScope: number
  readonly wrong: number
  /** How many cases are out of scope for each reason. */
  readonly reasons: Readonly<Record<string, number>>
}

export interface SetRun {
  readonly report: SetReport
  /** The wrong cases, each with what was wrong. */
  readonly findings: readonly { readonly name: string; readonly detail: string }[]
}

/** How long one case may take; what takes longer is out of scope, and says how it is run. */
export type Patience = 'none' | 'seconds' | 'minutes'

const TOO_LONG = {
  seconds: 'takes seconds: npm run test:vectors runs it',
  minutes: 'takes minutes: npm run test:vectors -- --slow runs it',
} as const

/** Runs every case of a set; a set without adapter is out of scope, file by file. */
export async function runSet(
  set: string,
  files: VectorSet,
  adapter: SetAdapter | undefined,
  patience: Patience = 'seconds',
): Promise<SetRun> {
  const findings: { name: string; detail: string }[] = []
  const reasons = new Map<string, number>()
  let cases = 0
  for (const each of casesOf(files, adapter)) {
    cases += 1
    const ended = await judge(each, patience)
    if (ended === 'passed') continue
    if ('wrong' in ended) findings.push({ name: each.name, detail: ended.wrong })
    else reasons.set(ended.outOfScope, (reasons.get(ended.outOfScope) ?? 0) + 1)
  }
  const outOfScope = [...reasons.values()].reduce((sum, count) => sum + count, 0)
  const wrong = findings.length
  const counted = { passed: cases - outOfScope - wrong, outOfScope, wrong }
  return { report: { set, cases, ...counted, reasons: Object.fromEntries(reasons) }, findings }
}

/** An adapter that fails before it has a case is one wrong case: its set is not as it expects. */
function* casesOf(files: VectorSet, adapter: SetAdapter | undefined): Iterable<SetCase> {
  try {
    yield* adapter?.cases(files) ?? filesWithoutAdapter(files)
  } catch (error) {
    yield { name: 'the whole set', judge: () => ({ wrong: `cannot be read: ${messageOf(error)}` }) }
  }
}

async function judge(each: SetCase, patience: Patience): Promise<Verdict> {
  const { takes } = each
  if (takes !== undefined && takes !== patience && patience !== 'minutes')
    return { outOfScope: TOO_LONG[takes] }
  try {
    return await each.judge()
  } catch (error) {
    return { wrong: `threw ${messageOf(error)}` }
  }
}

function filesWithoutAdapter(files: VectorSet): readonly SetCase[] {
  const outOfScope = 'no adapter knows this set: counted are its files'
  return files.files().map((name) => ({ name, judge: () => ({ outOfScope }) }))
}
