/** `error-code` of `wasi:filesystem`: its cases, and which of them says why something cannot be done. */
import { enumType } from '../../types/variant.ts'
import type { Fault, FaultName } from '../../../files/fault.ts'
import type { Case } from '../../types/value.ts'

/** In their order, which is that of their numbers. */
const CODES = [
  'access',
  'would-block',
  'already',
  'bad-descriptor',
  'busy',
  'deadlock',
  'quota',
  'exist',
  'file-too-large',
  'illegal-byte-sequence',
  'in-progress',
  'interrupted',
  'invalid',
  'io',
  'is-directory',
  'loop',
  'too-many-links',
  'message-size',
  'name-too-long',
  'no-device',
  'no-entry',
  'no-lock',
  'insufficient-memory',
  'insufficient-space',
  'not-directory',
  'not-empty',
  'not-recoverable',
  'unsupported',
  'no-tty',
  'no-such-device',
  'overflow',
  'not-permitted',
  'pipe',
  'read-only',
  'invalid-seek',
  'text-file-busy',
  'cross-device',
] as const

type ErrorName = (typeof CODES)[number]

export const ERROR_CODE = enumType(CODES)

/** Some are the same here that preview 1 tells apart: it has rights, and numbers of descriptors. */
const CODE_OF: Readonly<Record<FaultName, ErrorName>> = {
  badf: 'bad-descriptor',
  busy: 'busy',
  exist: 'exist',
  fbig: 'file-too-large',
  ilseq: 'illegal-byte-sequence',
  inval: 'invalid',
  isdir: 'is-directory',
  loop: 'loop',
  mfile: 'insufficient-memory',
  nametoolong: 'name-too-long',
  noent: 'no-entry',
  nospc: 'insufficient-space',
  notcapable: 'not-permitted',
  notdir: 'not-directory',
  notempty: 'not-empty',
  notsock: 'invalid',
  perm: 'not-permitted',
  rofs: 'read-only',
  spipe: 'invalid-seek',
  xdev: 'cross-device',
}

export function errorName({ fault }: Fault): ErrorName {
  return CODE_OF[fault]
}

export function errorCode(fault: Fault): Case {
  return { index: CODES.indexOf(errorName(fault)) }
}
