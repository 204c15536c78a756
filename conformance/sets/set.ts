/**
 * What an adapter of a vector set is made of. An adapter turns the files of one set into cases; a case judges
 * our library when it is asked, and ends in one of three ways. Nothing in between: what is neither right nor
 * wrong for a stated reason would hide what is wrong.
 */
import type { VectorSet } from '../vector-sets.ts'

/** How a case ended. The reason of `outOfScope` is counted, so it names a kind of case, never one case. */
export type Verdict = 'passed' | { readonly wrong: string } | { readonly outOfScope: string }

export interface SetCase {
  /** Finds the case again: file and number, or file and name. */
  readonly name: string
  /** How long it takes in plain JavaScript, where that is long. */
  readonly takes?: 'seconds' | 'minutes'
  /** What it throws is a wrong verdict too. */
  judge(): Verdict | Promise<Verdict>
}

export interface SetAdapter {
  /** Name of the set's folder, or of its file. */
  readonly set: string
  cases(files: VectorSet): Iterable<SetCase>
}

/** What reads one kind of file of a set, and which files those are. */
export interface FileReader {
  readonly files: RegExp
  cases(set: VectorSet, file: string): Iterable<SetCase>
}

export function outOfScope(reason: string): Verdict {
  return { outOfScope: reason }
}

export function wrong(detail: string): Verdict {
  return { wrong: detail }
}

/** Passed where `isRight`, else wrong for this reason. */
export function verdict(isRight: boolean, detail: string): Verdict {
  return isRight ? 'passed' : { wrong: detail }
}

/** The first verdict that is not `passed`. */
export function all(...verdicts: readonly Verdict[]): Verdict {
  return verdicts.find((each) => each !== 'passed') ?? 'passed'
}

export function isWrong(given: Verdict): given is { readonly wrong: string } {
  return given !== 'passed' && 'wrong' in given
}

/** Whether this is refused as a mistake of the caller is, and not by an error that nobody meant. */
export function judgeThrows(call: () => unknown): Verdict {
  try {
    call()
    return { wrong: 'done, though it must be refused' }
  } catch (error) {
    return verdict(error instanceof TypeError || error instanceof RangeError, `threw ${messageOf(error)}`)
  }
}

/** An adapter that gives each file of its set to the first reader that knows its name. */
export function adapterOf(set: string, ...readers: readonly FileReader[]): SetAdapter {
  return {
    set,
    *cases(files) {
      for (const file of files.files()) {
        const reader = readers.find((each) => each.files.test(file))
        yield* reader === undefined ? [unknownFile(file)] : readFile(reader, files, file)
      }
    },
  }
}

/** A file that cannot be read is one wrong case, and the others are judged all the same. */
function* readFile(reader: FileReader, set: VectorSet, file: string): Iterable<SetCase> {
  try {
    for (const each of reader.cases(set, file)) yield { ...each, name: `${file} ${each.name}` }
  } catch (error) {
    const detail = `cannot be read as the reader of this set expects: ${messageOf(error)}`
    yield { name: file, judge: () => ({ wrong: detail }) }
  }
}

function unknownFile(file: string): SetCase {
  return { name: file, judge: () => outOfScope('a file of a kind that the adapter of its set does not know') }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
