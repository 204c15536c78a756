/**
 * Blocks that a lane gives beside a result. They go into the store as what their codec says, so they are held to it here:
 * what a lane says that a guest has taken over may be of the right shape and mean nothing.
 */
import { BLOCK_BYTES_MAX, CODEC, createCid, linksOf } from '../../../promisebase/index.ts'
import { readProgramResult } from '../program/program-call.ts'
import type { Descriptor } from '../../../kernel/index.ts'
import type { Answer } from './job.ts'

type Output = Extract<Answer, { readonly kind: 'output' }>

/** Only how a block is read follows from its CID here, and not what it is. */
const ANY_DIGEST = new Uint8Array(32)

/** Why no run of this handler gives these; undefined where it may be. */
export function blocksProblem(
  { entry }: Pick<Descriptor, 'entry'>,
  { output, blocks }: Output,
): string | undefined {
  if (entry !== 'program')
    return blocks === undefined ? undefined : 'it gave blocks, which only a program has'
  if (readProgramResult(output).refused !== undefined) return 'it gave what is no result of a program'
  return blocks?.every(isBlock) === false ? 'it gave blocks that are not what they say' : undefined
}

function isBlock({ bytes, codec }: NonNullable<Output['blocks']>[number]): boolean {
  if (bytes.length > BLOCK_BYTES_MAX) return false
  return codec === CODEC.raw || (codec === CODEC.dagCbor && isDagCbor(bytes))
}

function isDagCbor(bytes: Uint8Array): boolean {
  return linksOf(createCid(CODEC.dagCbor, ANY_DIGEST), bytes).refused === undefined
}
