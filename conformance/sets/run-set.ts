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
  /** Slow cases that were not asked for; counted nowhere else. */
  readonly left: number
}

export interface RunOptions {
  /** Whether cases that take minutes are run; they are by default. */
  readonly slow?: boolean
}

/** Runs every case of a set; a set without adapter is out of scope, file by file. */
export async function runSet(
  set: string,
  files: VectorSet,
  adapter: SetAdapter | undefined,
  { slow = true }: RunOptions = {},
): Promise<SetRun> {
  const findings: { name: string; detail: string }[] = []
  const reasons = new Map<string, number>()
  let [cases, left] = [0, 0]
  for (const each of casesOf(files, adapter)) {
    if (each.isSlow === true && !slow) {
      left += 1
      continue
    }
    cases += 1
    const ended = await judge(each)
    if (ended === 'passed') continue
    if ('wrong' in ended) findings.push({ name: each.name, detail: ended.wrong })
    else reasons.set(ended.outOfScope, (reasons.get(ended.outOfScope) ?? 0) + 1)
  }
  const outOfScope = [...reasons.values()].reduce((sum, count) => sum + count, 0)
  const wrong = findings.length
  const counted = { passed: cases - outOfScope - wrong, outOfScope, wrong }
  return { report: { set, cases, ...counted, reasons: Object.fromEntries(reasons) }, findings, left }
}

/** An adapter that fails before it has a case is one wrong case: its set is not as it expects. */
function* casesOf(files: VectorSet, adapter: SetAdapter | undefined): Iterable<SetCase> {
  try {
    yield* adapter?.cases(files) ?? filesWithoutAdapter(files)
  } catch (error) {
    yield { name: 'the whole set', judge: () => ({ wrong: `cannot be read: ${messageOf(error)}` }) }
  }
}

async function judge(each: SetCase): Promise<Verdict> {
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
