/** `log` and `answer`: words that explain a failure, and the last question. Neither asks anything. */
import { answered, refuseAsAnswered } from '../../host/ask.ts'
import { NONE } from '../types/value.ts'
import { optionType } from '../types/variant.ts'
import { host } from '../wasi/offer.ts'
import { askingOf } from './question.ts'
import { some, text, utf8 } from './types.ts'
import type { Offered } from '../wasi/offer.ts'

export const LOG: Offered = {
  functions: {
    log: host([text], undefined, (world, [said]) => {
      const { log } = askingOf(world)
      log.write(utf8(said).subarray(0, log.room))
      return undefined
    }),
  },
}

export const ANSWER: Offered = {
  functions: {
    refused: host([], optionType(text), (world) => {
      const { refused } = answered(askingOf(world))
      return refused === undefined ? NONE : some(refused.code)
    }),
    refuse: host([], undefined, (world) => refuseAsAnswered(askingOf(world))),
  },
}
