/** Why something cannot be done to files, in the words of POSIX: each interface to them has numbers or names of its own. */
const NAMES = [
  'badf',
  'busy',
  'exist',
  'fbig',
  'ilseq',
  'inval',
  'isdir',
  'loop',
  'mfile',
  'nametoolong',
  'noent',
  'nospc',
  'notcapable',
  'notdir',
  'notempty',
  'notsock',
  'perm',
  'rofs',
  'spipe',
  'xdev',
] as const

export type FaultName = (typeof NAMES)[number]

export class Fault extends Error {
  override readonly name = 'Fault'
  readonly fault: FaultName

  constructor(fault: FaultName) {
    super(fault)
    this.fault = fault
  }
}

/** One of each, made once: a guest can fail a million times in a second, and a stack trace costs microseconds. */
export const FAULT = Object.fromEntries(NAMES.map((name) => [name, new Fault(name)])) as Readonly<
  Record<FaultName, Fault>
>
