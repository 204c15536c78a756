/** What can be fuzzed: a way to make inputs, and the laws that hold for each of them. */
import type { Random } from './random.ts'

export interface Target {
  /** Makes one input and holds it against every law. @throws {Finding} when one is broken */
  step(random: Random): Promise<void> | void
  close?(): Promise<void>
  /** What came of the inputs, for the report. */
  readonly counts?: ReadonlyMap<string, number>
}

/** How a target is set up. Differential targets take the libraries they compare with. */
export type OpenTarget = (options: TargetOptions) => Promise<Target> | Target

export interface TargetOptions {
  /** How the verdict of other libraries differs where it may not; undefined where they are not installed. */
  readonly others?: OtherCodecs
}

/** What other libraries say to bytes, reduced to differences. */
export interface OtherCodecs {
  /** One line for each difference nobody has written down; `count` is told the known ones by name. */
  unexplained(bytes: Uint8Array, count: (difference: string) => void): readonly string[]
}

/** A law that does not hold. */
export class Finding extends Error {
  override readonly name = 'Finding'

  constructor(law: string, input: Uint8Array | string, options?: { readonly cause?: unknown }) {
    const shown = typeof input === 'string' ? JSON.stringify(input) : Buffer.from(input).toString('hex')
    super(`${law}: ${shown}`, options)
  }
}

/** Runs what must never throw. */
export function unharmed<T>(law: string, input: Uint8Array | string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof Finding) throw error
    throw new Finding(`${law} threw ${String(error)}`, input, { cause: error })
  }
}

/** Counts of what happened, by name. */
export class Counts extends Map<string, number> {
  readonly add = (name: string): void => {
    this.set(name, (this.get(name) ?? 0) + 1)
  }
}
