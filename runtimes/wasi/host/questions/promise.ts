/** Questions about promises: the one this call makes, and those this handler has made before. */
import { parseCid } from '../../../../promisebase/index.ts'
import { refuse } from '../../../../kernel/index.ts'
import { forbidden, promisesOf } from '../powers.ts'
import { given, refusedWith, told } from '../answer.ts'
import type { CID } from 'multiformats/cid'
import type { Result } from '../../../../kernel/index.ts'
import type { Answer } from '../answer.ts'
import type { Questions } from '../question.ts'

const utf8 = new TextDecoder()

export const PROMISE_QUESTIONS = {
  promise_defer: (powers, fields) => {
    const [seconds, wraps] = [fields.number(), fields.bytes()]
    const conditions = parseAll(fields.list())
    if (conditions.refused !== undefined) return refusedWith(conditions.refused)
    const terms = {
      seconds,
      ...(wraps.length === 0 ? {} : { wraps: wraps.slice() }),
      ...(conditions.ok.length === 0 ? {} : { conditions: conditions.ok }),
    }
    if (seconds === 0) return refusedWith(refuse('LIFETIME', 'a promise lasts at least a second').refused)
    if (terms.wraps !== undefined && terms.conditions !== undefined)
      return refusedWith(refuse('SHAPE', 'a promise wraps another one, or has conditions: not both').refused)
    powers.deferred = promisesOf(powers).defer(terms)
    return given(powers.deferred.promise.bytes)
  },
  promise_keep: (powers, fields) => {
    const [named, output] = [fields.bytes(), fields.bytes()]
    return about(named, async (promise) => told(await promisesOf(powers).keep(promise, output), nothing))
  },
  promise_break: (powers, fields) => {
    const [named, detail] = [fields.bytes(), utf8.decode(fields.bytes())]
    return about(named, async (promise) => told(await promisesOf(powers).break(promise, detail), nothing))
  },
  promise_outcome: (powers, fields) =>
    about(fields.bytes(), async (promise) => {
      const { call } = powers
      const ended = await (call.outcomeOf?.(promise) ?? forbidden('this call may not ask how promises ended'))
      return told(ended, (resolution) => resolution)
    }),
} satisfies Questions

function about(named: Uint8Array, answer: (promise: CID) => Promise<Answer>): Answer | Promise<Answer> {
  const promise = parseCid(named)
  return promise.refused === undefined ? answer(promise.ok) : refusedWith(promise.refused)
}

function parseAll(named: readonly Uint8Array[]): Result<CID[]> {
  const cids: CID[] = []
  for (const bytes of named) {
    const cid = parseCid(bytes)
    if (cid.refused !== undefined) return cid
    cids.push(cid.ok)
  }
  return { ok: cids }
}

function nothing(): undefined {
  return undefined
}
