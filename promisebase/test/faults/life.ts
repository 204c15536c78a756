/**
 * The process that faults happen to. It opens what is under test, says all it finds there, and then writes one
 * transaction after another, saying of each how it ended, until it is killed. A judge outside compares.
 */
import { writeSync } from 'node:fs'
import { openSubject } from './subject.ts'
import type { Plan } from './plan.ts'
import type { Subject } from './subject.ts'

const plan = JSON.parse(process.argv[2] ?? '{}') as Plan
const PAUSE_MS = 5
const say = (line: string): void => void writeSync(1, `${line}\n`)

say('begin')
const begun = performance.now()
try {
  const subject = await openSubject(plan)
  say(`open ${Math.round(performance.now() - begun)}`)
  await tell(subject)
  await Promise.all(Array.from({ length: plan.lanes }, (_, lane) => writeOn(subject, lane)))
  await subject.close()
  say('closed')
} catch (error) {
  say(`failed ${codeOf(error)} ${(error as Error).message}`)
  process.exit(3)
}

async function tell(subject: Subject): Promise<void> {
  for (const [name, found] of await subject.inventory()) say(`found ${name} ${found}`)
  for (const id of plan.ask ?? []) say(`committed ${id} ${await subject.committed(id)}`)
  say('told')
}

async function writeOn(subject: Subject, lane: number): Promise<void> {
  for (let count = 0; count < (plan.count ?? Infinity); count++) {
    const length = 1 + ((count * 977 + lane * 331) % plan.valueBytes)
    const name = `${plan.life}-${lane}-${count}-${length}`
    let id = ''
    try {
      if (plan.manner === 'early') await promiseTooMuch(name)
      await subject.write(name, (given) => (id = given))
      if (plan.manner !== 'early') say(`ack ${name} ${id}`)
    } catch (error) {
      say(`error ${name} ${codeOf(error)} ${id}`)
      await pause()
    }
  }
}

async function promiseTooMuch(name: string): Promise<void> {
  say(`ack ${name}`)
  await pause()
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? 'UNKNOWN'
}
