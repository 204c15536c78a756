/** A shared backend whose turns tell nothing of what others have written: to see that it is missed. */
import type { Backend } from '../interface.ts'

export function deafened(backend: Backend): Backend {
  const shared = backend.shared!
  return {
    name: 'deaf',
    snapshot: () => backend.snapshot(),
    batch: (writes, options) => backend.batch(writes, options),
    close: () => backend.close(),
    shared: {
      takeTurn: async (since) => {
        const turn = await shared.takeTurn(since)
        return {
          number: turn.number,
          changed: turn.changed && [],
          get: (key) => turn.get(key),
          getMany: (keys) => turn.getMany(keys),
          range: (range) => turn.range(range),
          commit: (writes, options) => turn.commit(writes, options),
          abandon: () => turn.abandon(),
        }
      },
    },
  }
}
