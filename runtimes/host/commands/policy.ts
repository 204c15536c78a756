/** `grid policy`: what may change about a grid, by records that its roots sign. */
import { addPolicyAccept, addPolicyExport } from './policy-handout.ts'
import { addPolicySet } from './policy-set.ts'
import { addPolicyShow } from './policy-show.ts'
import { addPolicySign } from './policy-sign.ts'
import type { Command } from 'commander'
import type { Act } from './session.ts'

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
