/** `wasi:filesystem`: no directory is open, which is how programs find out that there are none. */
import { ownType } from '../types/handle.ts'
import { listType } from '../types/list.ts'
import { tupleType } from '../types/record.ts'
import { Resource } from '../types/resource.ts'
import { STRING_TYPE } from '../types/text.ts'
import { host } from './offer.ts'
import type { Offered } from './offer.ts'

const descriptor = new Resource('descriptor')
const directoryEntries = new Resource('directory-entry-stream')

export const FILESYSTEM: Readonly<Record<string, Offered>> = {
  'wasi:filesystem/preopens': {
    resources: { descriptor },
    functions: {
      'get-directories': host([], listType(tupleType([ownType(descriptor), STRING_TYPE])), () => []),
    },
  },
  'wasi:filesystem/types': {
    resources: { descriptor, 'directory-entry-stream': directoryEntries },
    // Each takes a descriptor, entries of a directory or an error of a stream, and nobody has one.
    unreachable: ['[method]descriptor.', '[method]directory-entry-stream.', 'filesystem-error-code'],
  },
}
