/** The runtimes of a host, by its options. */
import { join } from 'node:path'

import { builtinHandlers } from '../../handlers/index.ts'
import { createNativeRuntime } from '../native/index.ts'
import { createWasiRuntime } from '../wasi/index.ts'
import { openModuleFolder } from './data-folder/modules.ts'
import { createIsolatedRuntime } from './isolation/isolated-runtime.ts'
import { nodePowers } from './powers/clock.ts'
import type { Runtime } from '../../kernel/index.ts'
import type { ModuleShelf } from '../wasi/index.ts'
import type { HostOptions } from './interface.ts'

const MODULE_BYTES = 128 * 1024 * 1024

/** native and wasi, and those of one's own. */
export function runtimesOf(
  options: Pick<HostOptions, 'handlers' | 'runtimes' | 'isolation' | 'data' | 'moduleBytes' | 'admission'>,
): readonly Runtime[] {
  const { isolation, admission } = options
  if (isolation !== undefined && admission !== undefined)
    throw new TypeError('admission: cannot be given with isolation')
  const shelf = shelfOf(options)
  return [
    createNativeRuntime(options.handlers ?? builtinHandlers),
    isolation === undefined
      ? createWasiRuntime({
          monotonic: nodePowers().monotonic,
          ...(shelf && { shelf }),
          ...(admission && { admission }),
        })
      : createIsolatedRuntime(isolation),
    ...(options.runtimes ?? []),
  ]
}

function shelfOf({ data, moduleBytes = MODULE_BYTES }: HostOptions): ModuleShelf | undefined {
  if (!Number.isSafeInteger(moduleBytes) || moduleBytes < 0)
    throw new RangeError('moduleBytes must be a natural number')
  if (data === undefined || moduleBytes === 0) return undefined
  return openModuleFolder(join(data, 'modules'), { bytesMax: moduleBytes })
}
