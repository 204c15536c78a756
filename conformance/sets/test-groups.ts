/** Wycheproof and ACVP lay their files out alike: groups of tests, each test with its number. */
import type { FileReader, Verdict } from './set.ts'

interface Numbered {
  readonly tcId: number
  readonly comment?: string
}

/** Reads every test of every group; what a group has in common is handed on with each of its tests. */
export function groupsReader<Group, Test>(
  files: RegExp,
  judge: (test: Test, group: Group) => Verdict,
): FileReader {
  return {
    files,
    *cases(set, file) {
      type Groups = readonly (Group & { readonly tests: readonly (Test & Numbered)[] })[]
      const { testGroups } = set.json(file) as { readonly testGroups: Groups }
      for (const group of testGroups) {
        for (const test of group.tests) {
          const { tcId, comment = '' } = test
          yield { name: `${tcId} ${comment}`.trim(), judge: () => judge(test, group) }
        }
      }
    },
  }
}

/** A test that has only two results. */
export interface Wycheproof {
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly flags?: readonly string[]
}
