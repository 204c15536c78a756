/** What was said of every transaction of one store over all lives, and how it differs from what is found. */

/** What must not be, counted. */
export interface Findings {
  /** Acknowledged, and not there. */
  readonly ackedLost: number
  /** There in part. */
  readonly torn: number
  /** Not there, though a later one of the same writer is. */
  readonly holes: number
  readonly wrongValue: number
  /** Absent without an error, in a store that was damaged. */
  readonly silentMissing: number
  /** Refused as certainly not written, and there. */
  readonly rejectedPresent: number
  /** Asked for by its id, and answered otherwise than what is there. */
  readonly wrongAnswer: number
  /** A store that did not open or did not tell, and was not told to be damaged. */
  readonly openFailed: number
}

export const NOTHING_FOUND: Findings = {
  ackedLost: 0,
  torn: 0,
  holes: 0,
  wrongValue: 0,
  silentMissing: 0,
  rejectedPresent: 0,
  wrongAnswer: 0,
  openFailed: 0,
}

export function add(one: Findings, other: Partial<Findings>): Findings {
  const names = Object.keys(NOTHING_FOUND) as (keyof Findings)[]
  const sums = names.map((name) => [name, one[name] + (other[name] ?? 0)] as const)
  return { ...NOTHING_FOUND, ...Object.fromEntries(sums) }
}

export function count(findings: Findings): number {
  return Object.values(findings).reduce((sum, each: number) => sum + each, 0)
}

/** A transaction may be there or not when its end was one of these; any other refusal says that it is not. */
const UNSETTLED = ['INDETERMINATE', 'FULL']
/** Of those acknowledged, the newest are asked for by their ids. */
const ASKED = 20

export class Ledger {
  readonly #acked = new Map<string, string>()
  readonly #refused = new Map<string, { readonly code: string; readonly id: string }>()
  #lost = 0
  /** What the last look has shown. */
  #present = new Map<string, string>()

  get acked(): number {
    return this.#acked.size + this.#lost
  }

  get refused(): number {
    return this.#refused.size
  }

  /** Ids worth asking for. */
  get ask(): readonly string[] {
    const refused = [...this.#refused.values()].map(({ id }) => id)
    return [...[...this.#acked.values()].slice(-ASKED), ...refused.slice(-ASKED)].filter((id) => id !== '')
  }

  /** Takes what one life has said: how its transactions ended, and what it had found before. */
  take(lines: readonly string[]): Findings {
    const findings = lines.includes('told') ? this.#compare(lines) : NOTHING_FOUND
    for (const line of lines) {
      const [kind, name = '', first = '', second = ''] = line.split(' ')
      if (kind === 'ack') this.#acked.set(name, first)
      if (kind === 'error') this.#refused.set(name, { code: first, id: second })
    }
    return findings
  }

  #compare(lines: readonly string[]): Findings {
    const words = lines.map((line) => line.split(' '))
    const found = words.filter(([kind]) => kind === 'found')
    this.#present = new Map(found.map(([, name = '', state = '']) => [name, state]))
    const states = [...this.#present.values()]
    const answers = words.filter(([kind]) => kind === 'committed')
    const lost = [...this.#acked.keys()].filter((name) => !this.#present.has(name))
    const wrongAnswer = answers.filter(([, id = '', answer]) => this.#isPresent(id) !== (answer === 'true'))
    // Lost once; another look does not lose it again.
    for (const name of lost) this.#acked.delete(name)
    this.#lost += lost.length
    return {
      ...NOTHING_FOUND,
      ackedLost: lost.length,
      torn: states.filter((state) => state === 'torn').length,
      wrongValue: states.filter((state) => state === 'wrong').length,
      holes: this.#holes(),
      rejectedPresent: [...this.#refused].filter(
        ([name, { code }]) => !UNSETTLED.includes(code) && this.#present.has(name),
      ).length,
      wrongAnswer: wrongAnswer.length,
    }
  }

  /** Each lane writes one after another, so that it must be there up to a point, but for what was refused. */
  #holes(): number {
    const lanes = new Map<string, Set<number>>()
    for (const name of [...this.#present.keys(), ...this.#refused.keys()]) {
      const [life, lane, number] = name.split('-')
      const numbers = lanes.get(`${life}-${lane}`) ?? new Set()
      lanes.set(`${life}-${lane}`, numbers.add(Number(number)))
    }
    return [...lanes.values()].reduce((holes, numbers) => holes + Math.max(...numbers) + 1 - numbers.size, 0)
  }

  #isPresent(id: string): boolean {
    for (const [name, given] of this.#acked) if (given === id) return this.#present.has(name)
    for (const [name, given] of this.#refused) if (given.id === id) return this.#present.has(name)
    return false
  }
}
