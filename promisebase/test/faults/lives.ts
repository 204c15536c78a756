/** One life after another on the same store: each begins with a look at what the last one has left. */
import { startChild } from '../child.ts'
import { add, Ledger, NOTHING_FOUND } from './ledger.ts'
import type { Child } from '../child.ts'
import type { Outcome } from './fault.ts'
import type { Findings } from './ledger.ts'
import type { Plan } from './plan.ts'

/** How a life ends; the process is to be gone afterwards. */
export type Death = (child: Child) => Promise<void>

export class Lives {
  readonly #openMs: number[] = []
  #ledger = new Ledger()
  #acked = 0
  #refused = 0
  #life = 0
  #findings: Findings = NOTHING_FOUND

  /** Another store: nothing is expected of it. */
  renew(): void {
    this.#acked += this.#ledger.acked
    this.#refused += this.#ledger.refused
    this.#ledger = new Ledger()
  }

  /**
   * One life, and what it says. `isSpared`: that it ends before it has told is no finding, for it was struck
   * while it opened, or the disk is full.
   */
  async live(
    plan: Omit<Plan, 'life' | 'ask'>,
    death: Death,
    { isSpared = false, shell = '' } = {},
  ): Promise<readonly string[]> {
    const whole: Plan = { ...plan, life: this.#life++, ask: this.#ledger.ask }
    const child = startChild('faults/life.js', [JSON.stringify(whole)], shell)
    await death(child)
    const { lines } = child
    this.#findings = add(this.#findings, this.#ledger.take(lines))
    const opened = lines.find((line) => line.startsWith('open '))
    if (opened) this.#openMs.push(Number(opened.split(' ')[1]))
    if (!isSpared && !lines.includes('told')) {
      console.error(`life ${whole.life}: ${lines.at(-1) ?? 'no word'}`)
      this.#findings = add(this.#findings, { openFailed: 1 })
    }
    return lines
  }

  /** The last look, at a store that is left alone. */
  async look(plan: Omit<Plan, 'life' | 'ask' | 'lanes'>): Promise<void> {
    await this.live({ ...plan, lanes: 0 }, (child) => child.ended())
  }

  outcome(n: number): Outcome {
    this.renew()
    const notes = this.#refused > 0 ? `${this.#refused} transactions refused` : ''
    return { n, findings: this.#findings, acked: this.#acked, openMs: this.#openMs, notes }
  }
}

export const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
