/** Last writer wins: by the time authors state, and of the same time by the CID of the commit. */
import { orderOfWriting } from '../writing.ts'
import { mergeFunctionCid } from './names.ts'
import type { ChoiceFunction } from '../interface.ts'

export const lastWriter: ChoiceFunction = {
  kind: 'choice',
  cid: mergeFunctionCid('last-writer'),
  name: 'last-writer',
  choose: (left, right) => (orderOfWriting(left, right) < 0 ? 'right' : 'left'),
}
