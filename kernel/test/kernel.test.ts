/** Our kernel passes the suite that any kernel must pass, on each cryptography. */
import { describe, test } from 'node:test'

import { kernelSuite } from '../../conformance/suites/kernel.ts'
import { nobleCrypto } from '../../promisebase/index.ts'
import { nodeCrypto } from '../../runtimes/host/index.ts'
import { foundGrid, people, seededCrypto } from './fixture.ts'

for (const base of [nodeCrypto, nobleCrypto]) {
  describe(`a kernel on ${base.name}`, () =>
    kernelSuite({
      test,
      factory: async () => {
        const grid = await foundGrid({ crypto: seededCrypto('conformance', base) })
        return {
          dispatch: (bytes) => grid.kernel.dispatch(bytes),
          grid: grid.grid,
          node: people.node.principal,
          root: people.root,
          adoption: grid.adoption.id,
          echo: grid.protocol('echo'),
          store: grid.protocol('store'),
          now: () => grid.time.now,
          restart: () => grid.restart(),
          close: () => grid.kernel.close(),
        }
      },
    }))
}
