/** The name of a branch, as an argument. */
import { InvalidArgumentError } from 'commander'

import { isBranchName } from '../../../promisebase/index.ts'

export function branchValue(text: string): string {
  if (isBranchName(text)) return text
  throw new InvalidArgumentError(
    'a branch has a name without colons, control characters and spaces around it',
  )
}
