/** `grid policy`: what may change about a grid, by records that its roots sign. */
import { addPolicyAccept, addPolicyExport } from './handout.ts'
import { addPolicySet } from './set.ts'
import { addPolicyShow } from './show.ts'
import { addPolicySign } from './sign.ts'
import type { Command } from 'commander'
import type { Act } from '../session.ts'

export function addPolicy(grid: Command, act: Act): void {
  const policy = grid
    .command('policy')
    .description('what is in force in the grid: show it, set it as a root, hand it on')
  addPolicyShow(policy, act)
  addPolicySet(policy, act)
  addPolicySign(policy, act)
  addPolicyExport(policy, act)
  addPolicyAccept(policy, act)
}
