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
  const shelf = shelfOf(options)
  const shared = { ...(shelf && { shelf }), ...(admission && { admission }) }
  return [
    createNativeRuntime(options.handlers ?? builtinHandlers),
    isolation === undefined
      ? createWasiRuntime({ monotonic: nodePowers().monotonic, ...shared })
      : createIsolatedRuntime({ ...shared, ...isolation }),
    ...(options.runtimes ?? []),
  ]
}

function shelfOf({ data, moduleBytes = MODULE_BYTES }: HostOptions): ModuleShelf | undefined {
  if (data === undefined || moduleBytes === 0) return undefined
  return openModuleFolder(join(data, 'modules'), { bytesMax: moduleBytes })
}
