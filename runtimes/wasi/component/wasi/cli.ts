/** `wasi:cli`: what a program finds around it, a program all it is called with, and every other component what a command has. */
import { Halt } from '../../halt.ts'
import { ownType } from '../types/handle.ts'
import { listType } from '../types/list.ts'
import { tupleType } from '../types/record.ts'
import { Resource } from '../types/resource.ts'
import { SCALAR_TYPES } from '../types/scalar.ts'
import { STRING_TYPE } from '../types/text.ts'
import { NONE } from '../types/value.ts'
import { optionType, resultType } from '../types/variant.ts'
import { host } from './offer.ts'
import { INPUT_STREAM, OUTPUT_STREAM, StandardInput, StandardOutput } from './streams.ts'
import type { Case } from '../types/value.ts'
import type { HostFunction, Offered } from './offer.ts'

const terminalInput = new Resource('terminal-input')
const terminalOutput = new Resource('terminal-output')

export const CLI: Readonly<Record<string, Offered>> = {
  'wasi:cli/environment': {
    functions: {
      'get-environment': host(
        [],
        listType(tupleType([STRING_TYPE, STRING_TYPE])),
        (world) => world.environment,
      ),
      'get-arguments': host([], listType(STRING_TYPE), (world) => world.arguments),
      'initial-cwd': host([], optionType(STRING_TYPE), () => NONE),
    },
  },
  'wasi:cli/exit': {
    functions: {
      exit: host([resultType(undefined, undefined)], undefined, (_world, [status]) =>
        exit((status as Case).index),
      ),
      'exit-with-code': host([SCALAR_TYPES.u8], undefined, (_world, [code]) => exit(code as number)),
    },
  },
  'wasi:cli/stdin': {
    functions: { 'get-stdin': host([], ownType(INPUT_STREAM), () => new StandardInput()) },
  },
  'wasi:cli/stdout': {
    functions: { 'get-stdout': host([], ownType(OUTPUT_STREAM), () => new StandardOutput('output')) },
  },
  'wasi:cli/stderr': {
    functions: { 'get-stderr': host([], ownType(OUTPUT_STREAM), () => new StandardOutput('messages')) },
  },
  'wasi:cli/terminal-input': { resources: { 'terminal-input': terminalInput } },
  'wasi:cli/terminal-output': { resources: { 'terminal-output': terminalOutput } },
  'wasi:cli/terminal-stdin': {
    resources: { 'terminal-input': terminalInput },
    functions: { 'get-terminal-stdin': noTerminal(terminalInput) },
  },
  'wasi:cli/terminal-stdout': {
    resources: { 'terminal-output': terminalOutput },
    functions: { 'get-terminal-stdout': noTerminal(terminalOutput) },
  },
  'wasi:cli/terminal-stderr': {
    resources: { 'terminal-output': terminalOutput },
    functions: { 'get-terminal-stderr': noTerminal(terminalOutput) },
  },
}

function exit(code: number): never {
  throw new Halt('exit', String(code))
}

/** No stream is a terminal, so that libraries write in blocks. */
function noTerminal(resource: Resource): HostFunction {
  return host([], optionType(ownType(resource)), () => NONE)
}
