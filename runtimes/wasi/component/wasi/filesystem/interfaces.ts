/** `wasi:filesystem`: the files of a program, which every other component finds that it has none of. */
import { Fault } from '../../../files/fault.ts'
import { Halt } from '../../../halt.ts'
import { borrowType, ownType } from '../../types/handle.ts'
import { listType } from '../../types/list.ts'
import { tupleType } from '../../types/record.ts'
import { STRING_TYPE } from '../../types/text.ts'
import { NONE } from '../../types/value.ts'
import { optionType } from '../../types/variant.ts'
import { ERROR_RESOURCE } from '../io.ts'
import { host } from '../offer.ts'
import { Descriptor } from './descriptor.ts'
import { DESCRIPTOR_FUNCTIONS } from './descriptor-functions.ts'
import { errorCode, ERROR_CODE } from './error-code.ts'
import { fallible } from './method.ts'
import { PATH_FUNCTIONS } from './path-functions.ts'
import { DESCRIPTOR, DIRECTORY_ENTRY, ENTRY_STREAM, kindOf, some } from './types.ts'
import type { Value } from '../../types/value.ts'
import type { StreamFailure } from '../io.ts'
import type { HostFunction, Offered } from '../offer.ts'
import type { OpenFiles } from './open-files.ts'
import type { EntryStream } from './streams.ts'

export const FILESYSTEM: Readonly<Record<string, Offered>> = {
  'wasi:filesystem/preopens': {
    resources: { descriptor: DESCRIPTOR },
    functions: {
      'get-directories': host([], listType(tupleType([ownType(DESCRIPTOR), STRING_TYPE])), ({ files }) =>
        files === undefined ? [] : openFolders(files),
      ),
    },
  },
  'wasi:filesystem/types': {
    resources: { descriptor: DESCRIPTOR, 'directory-entry-stream': ENTRY_STREAM },
    functions: {
      ...methods({ ...DESCRIPTOR_FUNCTIONS, ...PATH_FUNCTIONS }),
      '[method]directory-entry-stream.read-directory-entry': fallible(
        [borrowType(ENTRY_STREAM)],
        optionType(DIRECTORY_ENTRY),
        (entries: EntryStream) => nextEntry(entries),
      ),
      'filesystem-error-code': host(
        [borrowType(ERROR_RESOURCE)],
        optionType(ERROR_CODE),
        (_world, [failure]) => some(errorCode((failure as StreamFailure).fault)),
      ),
    },
  },
}

function methods(functions: Readonly<Record<string, HostFunction>>): Record<string, HostFunction> {
  return Object.fromEntries(
    Object.entries(functions).map(([name, made]) => [`[method]descriptor.${name}`, made]),
  )
}

/** Each time it is asked, as descriptors of its own. */
function openFolders(files: OpenFiles): Value {
  try {
    return files.folders.map(({ place, folder }) => [new Descriptor(files, folder, 0), place])
  } catch (fault) {
    if (fault instanceof Fault) throw new Halt('TRAP', 'more folders than may be open')
    throw fault
  }
}

function nextEntry(entries: EntryStream): Value {
  const entry = entries.next()
  return entry === undefined ? NONE : some([kindOf(entry.node), entry.name])
}
